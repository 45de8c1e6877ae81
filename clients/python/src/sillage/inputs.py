"""What the methods take beyond plain values, as dicts with typed keys.

Made from the OpenAPI document by `npm run python-models`; not to be edited.
"""

from __future__ import annotations

from typing import Literal

from typing_extensions import NotRequired, TypedDict


class ModelVersion(TypedDict):
    name: str
    version: NotRequired[str]


class MixtureComponent(TypedDict):
    smiles: str
    """One molecule, as SMILES."""
    proportion: float
    """Parts of the liquid; only the ratios matter, they need not add up to 1."""


class SimilarFilter(TypedDict):
    """Which known odorants are searched; all conditions hold together."""

    any_note: NotRequired[list[str]]
    """Has at least one of them."""
    every_note: NotRequired[list[str]]
    """Has all of them."""
    no_note: NotRequired[list[str]]
    """Has none of them."""
    sources: NotRequired[list[str]]
    """Is in at least one of these collections."""
    min_similarity: NotRequired[float]
    others_only: NotRequired[bool]
    """Leaves out the molecule that was asked about."""
    named_only: NotRequired[bool]


class EvaluateMolecule(TypedDict):
    smiles: str
    """One molecule, as SMILES."""
    notes: list[str]
    """The notes it has; of those that were judged it has no others."""


class SimilarTo(TypedDict):
    """Tanimoto similarity on Morgan environments of radius 2 in 2,048 bits."""

    smiles: str
    """The molecule to be like."""
    min: NotRequired[float]
    """Absent: 0."""
    max: NotRequired[float]
    """Absent: 1."""


class Constraints(TypedDict):
    min_molecular_weight: NotRequired[float]
    max_molecular_weight: NotRequired[float]
    min_log_p: NotRequired[float]
    """Crippen's log P."""
    max_log_p: NotRequired[float]
    min_rings: NotRequired[int]
    """As RDKit counts them: decalin has 2, cineole 3."""
    max_rings: NotRequired[int]
    allowed_elements: NotRequired[list[str]]
    """Hydrogen is always allowed."""
    scaffold: NotRequired[str]
    """What each molecule contains: a core as SMILES, or a pattern as SMARTS."""
    similar_to: NotRequired[SimilarTo]
    max_synthetic_accessibility: NotRequired[float]
    """1 (easy) to 10."""
    min_match: NotRequired[float]
    """Least match with the description, 0-1."""
    novel_only: NotRequired[bool]
    """Leave out molecules the generator was trained on."""
    exclude_allergens: NotRequired[bool]


class PredictJobInput(TypedDict):
    smiles: list[str]
    top_k: NotRequired[int]
    """How many odour notes to answer."""
    model: NotRequired[str | ModelVersion]
    """The model that answers, by name or as name and version; see /api/v1/models. Else the
    default.
    """


class CreateJobWebhook(TypedDict):
    url: str
    """Gets a signed POST when the job has ended."""
    secret: NotRequired[str]
    """What deliveries are signed with; absent, one is made and shown in this answer alone."""


class GenerateJobInput(TypedDict):
    description: str
    """What it should smell of, and what not."""
    num_molecules: int
    worker: NotRequired[Literal["baseline", "optimized", "dit"]]
    """Which generator; absent: the default one."""
    seed: NotRequired[int]
    """The same seed gives the same answer."""
    constraints: NotRequired[Constraints]
    score: NotRequired[bool]
    """false: raw candidates as they are drawn, many times faster: valid, distinct and none that a
    safety rule blocks, but without match, notes, properties and safety score. Absent: true.
    """
    language: NotRequired[str]
    """ISO 639-1; absent: detected."""


class Reading(TypedDict):
    t: str
    """When it was measured, RFC 3339."""
    channels: dict[str, float | None]


CalibrationSpanRequest = TypedDict(
    "CalibrationSpanRequest",
    {
        "levels": dict[str, float],
        "from": NotRequired[str],
        "to": NotRequired[str],
    },
)
"""The second point: readings in a gas of known levels. It gives each channel that is named a gain."""


class CalibrationEnvironmentRequestCoefficient(TypedDict):
    channel: str
    per_celsius: float
    per_percent: float


CalibrationEnvironmentRequest = TypedDict(
    "CalibrationEnvironmentRequest",
    {
        "from": NotRequired[str],
        "to": NotRequired[str],
        "coefficients": NotRequired[list[CalibrationEnvironmentRequestCoefficient]],
        "reference_temperature": NotRequired[float],
        "reference_humidity": NotRequired[float],
        "source": NotRequired[str],
    },
)
"""What temperature and humidity add to each channel: `coefficients` with their `source`, or `from`
and `to` of a span of one and the same air in which they changed, to fit.
"""


class CalibrationCertificate(TypedDict):
    """Who calibrated, with which gas, and what else is to be known."""

    performed_by: str
    reference_gas: NotRequired[str]
    note: NotRequired[str]


class DecideConsentsConsent(TypedDict):
    purpose: Literal["popular_molecules"]
    granted: bool
    version: str
    """Of the text you decide on, as the list shows it."""
