"""The version of this package is the version of the API it was made with."""

__version__ = "0.1.0"
