"""What molecules smell of, which would smell of a description, what an electronic nose smells.

from sillage import Sillage

with Sillage("http://127.0.0.1:8080", api_key="sk_…") as client:
    vanillin = client.predict("COc1cc(C=O)ccc1O")
    print(vanillin.primary_notes)
"""

from . import models
from ._async.client import AsyncSillage
from ._async.live import AsyncLive
from ._results import GenerateEvent, JobEvent, Predictions
from ._retries import RetryPolicy
from ._sync.client import Sillage
from ._sync.live import Live
from ._version import __version__
from .errors import (
    ApiError,
    Conflict,
    ConnectionFailed,
    InvalidInput,
    MoleculeFailed,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    NotUnderstood,
    QuotaExceeded,
    RateLimited,
    ResultsChanged,
    ServerFailed,
    SillageError,
    StreamEnded,
    TimedOut,
    Unavailable,
)
from .models import (
    Classification,
    Device,
    FailedRow,
    GenerateResponse,
    Job,
    Molecule,
    OdourNote,
    Prediction,
)

__all__ = [
    "ApiError",
    "AsyncLive",
    "AsyncSillage",
    "Classification",
    "Conflict",
    "ConnectionFailed",
    "Device",
    "FailedRow",
    "GenerateEvent",
    "GenerateResponse",
    "InvalidInput",
    "Job",
    "JobEvent",
    "Live",
    "Molecule",
    "MoleculeFailed",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "NotUnderstood",
    "OdourNote",
    "Prediction",
    "Predictions",
    "QuotaExceeded",
    "RateLimited",
    "ResultsChanged",
    "RetryPolicy",
    "ServerFailed",
    "Sillage",
    "SillageError",
    "StreamEnded",
    "TimedOut",
    "Unavailable",
    "__version__",
    "models",
]
