"""The client that blocks. Made from `_async` by `scripts/unasync.py`, save `_concurrency.py`."""
