"""What the API answers, as pydantic models.

Made from the OpenAPI document by `npm run python-models`; not to be edited.
Fields that this version does not know are kept as extra attributes.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """What every answer can do: attributes, equality, `model_dump()` to a dict."""

    model_config = ConfigDict(
        extra="allow", frozen=True, populate_by_name=True, protected_namespaces=()
    )


class ModelRef(Answer):
    name: str
    version: str


class OdourNote(Answer):
    note: str
    probability: float
    label: str | None = None
    """The note in the language that Accept-Language asks for; absent in English."""


class SimilarOdorant(Answer):
    smiles: str
    similarity: float
    """Cosine of the embeddings."""
    notes: list[str]
    """As perfumers wrote them down; empty where nobody did."""
    sources: list[str]
    """Collections that list it."""
    name: str | None = None
    same_molecule: bool | None = None
    """It is the molecule asked about, stereo aside."""


class Attribution(Answer):
    note: str
    atoms: list[float]
    """For each heavy atom, in the order in which `input` writes them: above 0 speaks for the note,
    below against it; the largest size is 1.
    """
    unit_log_odds: float
    """Change of the note’s log-odds, with the atom hidden, that 1 stands for."""
    label: str | None = None
    """The note in the language that Accept-Language asks for; absent in English."""


class PredictionWarning(Answer):
    code: str
    detail: str


class Prediction(Answer):
    input: str
    """The SMILES as it was sent."""
    smiles: str
    """The canonical SMILES."""
    primary_notes: list[str]
    notes: list[OdourNote]
    """The top_k odour notes, most probable first."""
    cached: bool
    intensity: float | None = None
    pleasantness: float | None = None
    detection_threshold: float | None = None
    """log10 of the concentration in air, ppm by volume, from which on it is smelt; lower is
    stronger.
    """
    odorous: float | None = None
    """Probability that it smells at all."""
    confidence: float | None = None
    embedding: list[float] | None = None
    """Place on the odour map."""
    similar: list[SimilarOdorant] | None = None
    """Nearest known odorants, nearest first; the molecule itself, if known, is the first."""
    attribution: Attribution | None = None
    svg: str | None = None
    """The structure as a drawing; with attribution, red behind atoms that speak for the note, blue
    against.
    """
    warnings: list[PredictionWarning] | None = None


class RowError(Answer):
    code: str
    detail: str
    position: int | None = None
    """Character in the SMILES, counted from 1."""
    hint: str | None = None


class FailedRow(Answer):
    """A molecule of a list that could not be used."""

    input: str
    error: RowError


class Timing(Answer):
    queue_ms: float
    """Longest wait of a molecule before its batch ran."""
    inference_ms: float
    """Time in the model; 0 when everything was cached."""
    total_ms: float


class PredictResponse(Answer):
    model: ModelRef
    predictions: list[Annotated[Prediction | FailedRow, Field(union_mode="left_to_right")]]
    """One for each molecule, in the order of the request."""
    timing: Timing


class ModelMetric(Answer):
    dataset: str
    metric: str
    value: float


class Model(Answer):
    name: str
    version: str
    task: str
    """odour-notes, molecule-generation or enose-classification."""
    default: bool
    """Answers what names no model."""
    summary: str
    labels: int
    """How many odour notes or substances it tells apart."""
    metrics: list[ModelMetric]
    """What was measured when it was made; its card says how."""
    license: str


class ModelList(Answer):
    """By name, newest version first."""

    models: list[Model]


class MixtureResponseMethod(Answer):
    """How the blend was reckoned; the guide names the sources and the limits."""

    name: str
    stevens_exponent: float | None = None


class MixtureResponseComponent(Answer):
    input: str
    """The SMILES as it was sent."""
    smiles: str
    """The canonical SMILES."""
    proportion: float
    """Of the sum of all proportions."""
    share: float
    """Of what is smelt; all shares add up to 1."""
    masked: bool
    """Too weak beside the others to be noticed."""
    notes: list[OdourNote]
    """Of the component alone."""
    intensity: float | None = None
    """Of the component alone at this proportion."""
    warnings: list[PredictionWarning] | None = None


class MixtureResponse(Answer):
    model: ModelRef
    method: MixtureResponseMethod
    """How the blend was reckoned; the guide names the sources and the limits."""
    primary_notes: list[str]
    notes: list[OdourNote]
    """The top_k notes of the blend, most probable first."""
    components: list[MixtureResponseComponent]
    """In the order of the request."""
    timing: Timing
    intensity: float | None = None
    pleasantness: float | None = None


class EmbeddedMolecule(Answer):
    input: str
    """The SMILES as it was sent."""
    smiles: str
    """The canonical SMILES."""
    embedding: Annotated[list[float] | str, Field(union_mode="left_to_right")]
    """As `encoding` asks."""


class EmbedResponse(Answer):
    model: ModelRef
    dimensions: int
    """Values of one embedding; 0 when no molecule was read."""
    embeddings: list[Annotated[EmbeddedMolecule | FailedRow, Field(union_mode="left_to_right")]]
    """One for each molecule, in the order of the request."""
    timing: Timing


class SimilarRow(Answer):
    similar: list[SimilarOdorant]
    """Nearest first."""
    input: str | None = None
    """The SMILES as it was sent; absent for an embedding."""
    smiles: str | None = None
    """The canonical SMILES; absent for an embedding."""


class SimilarResponse(Answer):
    model: ModelRef
    results: list[Annotated[SimilarRow | FailedRow, Field(union_mode="left_to_right")]]
    """One for each molecule, in the order of the request, or one for the embedding."""
    timing: Timing


class MapMethodPlacement(Answer):
    """A new molecule goes to the mean place of so many nearest known odorants, weighted by their
    similarity to this power.
    """

    neighbours: int
    power: float


class MapMethod(Answer):
    name: str
    """How the embeddings were brought onto a plane."""
    placement: MapMethodPlacement
    """A new molecule goes to the mean place of so many nearest known odorants, weighted by their
    similarity to this power.
    """
    figures: dict[str, float]
    """What was measured when the map was made; the guide tells what each means."""


class MapResponseExtent(Answer):
    """Of all known odorants."""

    min_x: float
    max_x: float
    min_y: float
    max_y: float


class MapPoint(Answer):
    smiles: str
    notes: list[str]
    x: float
    y: float
    name: str | None = None


class MapResponse(Answer):
    model: ModelRef
    method: MapMethod
    extent: MapResponseExtent
    """Of all known odorants."""
    total: int
    """Known odorants that the conditions leave."""
    points: list[MapPoint]
    next_offset: int | None = None
    """Where the next page begins; absent on the last."""


class PlacedMolecule(Answer):
    input: str
    smiles: str
    x: float
    y: float
    known: bool
    """It is a known odorant and stands at its own place."""
    neighbours: list[SimilarOdorant]
    """Nearest known odorants by embedding."""


class PlaceResponse(Answer):
    model: ModelRef
    method: MapMethod
    extent: MapResponseExtent
    """Of all known odorants."""
    places: list[Annotated[PlacedMolecule | FailedRow, Field(union_mode="left_to_right")]]
    """One for each molecule, in the order of the request."""
    timing: Timing


class MolecularProperties(Answer):
    input: str
    """The SMILES as it was sent."""
    smiles: str
    """The canonical SMILES."""
    formula: str
    """In the order of Hill, with the charge of an ion."""
    molecular_weight: float
    """g/mol"""
    log_p: float
    """Crippen's estimate of log P (octanol/water)."""
    tpsa: float
    """Polar surface, Å²."""
    synthetic_accessibility: float
    """1 (easy) to 10."""
    hydrogen_bond_donors: int
    hydrogen_bond_acceptors: int
    rotatable_bonds: int
    rings: int
    heavy_atoms: int
    warnings: list[PredictionWarning] | None = None


class PropertiesResponse(Answer):
    molecules: list[Annotated[MolecularProperties | FailedRow, Field(union_mode="left_to_right")]]
    """One for each molecule, in the order of the request."""


class SafetyResponseRules(Answer):
    """Which rules were asked, and what the score means."""

    version: str
    count: int
    score: str


class SafetyFlag(Answer):
    rule: str
    title: str
    severity: str
    """block, warn or info"""
    source: str


class MoleculeSafetySafety(Answer):
    score: float
    flags: list[SafetyFlag]


class MoleculeSafety(Answer):
    input: str
    """The SMILES as it was sent."""
    smiles: str
    """The canonical SMILES."""
    safety: MoleculeSafetySafety
    warnings: list[PredictionWarning] | None = None


class SafetyResponse(Answer):
    rules: SafetyResponseRules
    """Which rules were asked, and what the score means."""
    molecules: list[Annotated[MoleculeSafety | FailedRow, Field(union_mode="left_to_right")]]
    """One for each molecule, in the order of the request."""


class EvaluateResponseMolecules(Answer):
    """Those that could not be used are in `failed`, and in no figure."""

    sent: int
    used: int
    failed: int


class EvaluateResponseMacro(Answer):
    """Means over those notes."""

    notes: int
    """Notes with molecules that have it and some that have not."""
    auroc: float | None = None
    """Chance that a molecule with the note ranks above one without, ties half."""
    average_precision: float | None = None
    """Mean precision at each positive, by falling probability."""
    brier: float | None = None
    """Mean squared difference of probability and label."""
    calibration_error: float | None = None
    """Expected calibration error in 15 bins of equal width."""


class EvaluateResponsePooled(Answer):
    """Over all judged pairs of molecule and note."""

    positives: int
    negatives: int
    auroc: float | None = None
    """Chance that a molecule with the note ranks above one without, ties half."""
    average_precision: float | None = None
    """Mean precision at each positive, by falling probability."""
    brier: float | None = None
    """Mean squared difference of probability and label."""
    calibration_error: float | None = None
    """Expected calibration error in 15 bins of equal width."""


class NoteMetrics(Answer):
    note: str
    positives: int
    negatives: int
    label: str | None = None
    """The note in the language that Accept-Language asks for; absent in English."""
    auroc: float | None = None
    """Chance that a molecule with the note ranks above one without, ties half."""
    average_precision: float | None = None
    """Mean precision at each positive, by falling probability."""
    brier: float | None = None
    """Mean squared difference of probability and label."""
    calibration_error: float | None = None
    """Expected calibration error in 15 bins of equal width."""
    mean_probability: float | None = None


class EvaluateResponseFailed(Answer):
    index: int
    input: str
    error: RowError


class EvaluateResponse(Answer):
    model: ModelRef
    molecules: EvaluateResponseMolecules
    """Those that could not be used are in `failed`, and in no figure."""
    macro: EvaluateResponseMacro
    """Means over those notes."""
    pooled: EvaluateResponsePooled
    """Over all judged pairs of molecule and note."""
    notes: list[NoteMetrics]
    failed: list[EvaluateResponseFailed]
    """Molecules that could not be used, with their place in the request, from 0."""
    timing: Timing


class Molecule(Answer):
    smiles: str
    valid: bool
    novel: bool
    """Not among the molecules the generator was trained on."""
    match: float
    """How well it fits the description."""
    notes: list[OdourNote]
    molecular_weight: float
    """g/mol"""
    safety: MoleculeSafetySafety
    log_p: float | None = None
    tpsa: float | None = None
    """Polar surface, square ångström."""
    synthetic_accessibility: float | None = None
    """1 (easy) to 10."""
    similarity: float | None = None
    """To the molecule of `similar_to`; there when one was given."""


class Candidate(Answer):
    """A molecule of a generation with `'score': false`."""

    smiles: str
    valid: bool
    novel: bool
    """Not among the molecules the generator was trained on."""


class GenerationStatistics(Answer):
    sampled: int
    valid: int
    unique: int
    novel: int
    rejected_by: dict[str, int] | None = None
    """How many of the unique molecules each rule turned away; a molecule counts at the first that
    it fails.
    """


class Shortfall(Answer):
    """There when fewer molecules were found than asked for."""

    wanted: int
    found: int
    reason: str
    """Why there are no more, and which rule turned away most."""


class GenerateResponse(Answer):
    model: ModelRef
    worker: str
    language: str
    """In which the description was read."""
    understood: dict[str, float]
    """Odour note to weight; negative: not wanted."""
    unrecognised: list[str]
    seed: int
    molecules: Annotated[list[Molecule] | list[Candidate], Field(union_mode="left_to_right")]
    """Best match first; candidates in the order they were drawn."""
    statistics: GenerationStatistics
    timing: Timing
    other_languages: list[str] | None = None
    """There when the language was not given and the description fits others as well."""
    shortfall: Shortfall | None = None


class JobProgress(Answer):
    done: int
    """Molecules in finished chunks; never falls."""
    in_progress: int
    """Molecules so far in chunks that are running."""
    failed: int
    """Of those done, the ones that carry an error; falls when a retry mends some."""
    total: int
    """Molecules asked for."""


class JobSummary(Answer):
    model: ModelRef | None = None
    worker: str | None = None
    language: str | None = None
    understood: dict[str, float] | None = None
    unrecognised: list[str] | None = None
    statistics: GenerationStatistics | None = None
    shortfall: Shortfall | None = None


class JobInputReportProblem(Answer):
    line: int
    detail: str


class JobInputReport(Answer):
    format: Literal["csv", "smiles"] | str
    encoding: str
    """For instance utf-8, utf-16le or windows-1252."""
    rows: int
    rejected: int
    """Rows that hold no molecule; each has its row in the results."""
    problems: list[JobInputReportProblem]
    """The first of them, by line."""
    delimiter: str | None = None
    """Between the cells of a CSV file."""
    column: str | None = None
    """The column of a CSV file that was read."""


class JobWebhook(Answer):
    url: str
    secret: str | None = None
    """Where it was made for you: shown this once."""


class JobLinks(Answer):
    self: str
    events: str
    results: str
    deliveries: str


class Job(Answer):
    id: str
    kind: Literal["predict", "generate"] | str
    status: Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"] | str
    progress: JobProgress
    summary: JobSummary
    created_at: str
    started_at: str | None
    finished_at: str | None
    deadline_at: str | None
    """When it fails if it has not ended."""
    results_deleted_at: str | None
    """When its results were deleted."""
    input_report: JobInputReport | None
    webhook: JobWebhook | None
    error: PredictionWarning | None
    """Why the job failed."""
    links: JobLinks


class JobList(Answer):
    """Newest first."""

    jobs: list[Job]
    next: str | None


class PredictedLine(Answer):
    index: int
    """Place in the input or in the answer, from 0."""
    input: str
    """The SMILES as it was sent."""
    smiles: str
    """The canonical SMILES."""
    primary_notes: list[str]
    notes: list[OdourNote]
    """The top_k odour notes, most probable first."""
    cached: bool
    line: int | None = None
    """Line of the uploaded file, from 1."""
    intensity: float | None = None
    pleasantness: float | None = None
    detection_threshold: float | None = None
    """log10 of the concentration in air, ppm by volume, from which on it is smelt; lower is
    stronger.
    """
    odorous: float | None = None
    """Probability that it smells at all."""
    confidence: float | None = None
    embedding: list[float] | None = None
    """Place on the odour map."""
    similar: list[SimilarOdorant] | None = None
    """Nearest known odorants, nearest first; the molecule itself, if known, is the first."""
    attribution: Attribution | None = None
    svg: str | None = None
    """The structure as a drawing; with attribution, red behind atoms that speak for the note, blue
    against.
    """
    warnings: list[PredictionWarning] | None = None


class FailedLine(Answer):
    index: int
    """Place in the input or in the answer, from 0."""
    input: str
    error: RowError
    line: int | None = None
    """Line of the uploaded file, from 1."""


class GeneratedLine(Answer):
    index: int
    """Place in the input or in the answer, from 0."""
    smiles: str
    valid: bool
    novel: bool
    """Not among the molecules the generator was trained on."""
    match: float
    """How well it fits the description."""
    notes: list[OdourNote]
    molecular_weight: float
    """g/mol"""
    safety: MoleculeSafetySafety
    log_p: float | None = None
    tpsa: float | None = None
    """Polar surface, square ångström."""
    synthetic_accessibility: float | None = None
    """1 (easy) to 10."""
    similarity: float | None = None
    """To the molecule of `similar_to`; there when one was given."""


class CandidateLine(Answer):
    index: int
    """Place in the input or in the answer, from 0."""
    smiles: str
    valid: bool
    novel: bool
    """Not among the molecules the generator was trained on."""


ResultLine: TypeAlias = Annotated[PredictedLine | FailedLine | GeneratedLine | CandidateLine, Field(union_mode="left_to_right")]


class DeviceCalibration(Answer):
    calibrated: bool
    calibrated_at: str | None
    baseline: dict[str, float]
    expires_at: str | None
    """Null: it holds until the next one."""
    expired: bool


class Device(Answer):
    id: str
    name: str
    sensor_type: str
    channels: list[str]
    created_at: str
    last_reading_at: str | None
    readings: int
    calibration: DeviceCalibration


class DeviceList(Answer):
    """Newest first."""

    devices: list[Device]
    next: str | None


class DeviceFault(Answer):
    channel: str | None
    """Null: of the device itself."""
    kind: str
    """missing, sentinel, saturated, stuck, out_of_range, noisy; of the device clock_not_set,
    in_future, too_old, clock_ahead, clock_behind, rate_changed
    """
    first_at: str
    last_at: str
    readings: int
    """Concerned so far."""
    detail: str
    active: bool
    """Found within the last five minutes."""
    advice: str


class DeviceDetailsState(Answer):
    status: Literal["never", "live", "silent"] | str
    """live: measured within the last minute."""
    sample_hz: float | None
    """Rate of the last readings."""
    faults: list[DeviceFault]


class DeviceDetails(Answer):
    id: str
    name: str
    sensor_type: str
    channels: list[str]
    created_at: str
    last_reading_at: str | None
    readings: int
    calibration: DeviceCalibration
    state: DeviceDetailsState


class QualityFinding(Answer):
    channel: str
    kind: str
    """missing, sentinel, saturated, stuck, out_of_range; of the clock, with an empty channel:
    clock_not_set, in_future, too_old
    """
    count: int
    detail: str


class RefusedReading(Answer):
    index: int
    """Place in the request, from 0."""
    kind: str
    """clock_not_set, in_future or too_old"""
    detail: str


class IngestedReadings(Answer):
    stored: int
    duplicates: int
    """Already stored for the same time."""
    out_of_order: int
    findings: list[QualityFinding]
    refused: list[RefusedReading]
    """Readings whose time cannot be, at most 100 of them; the others are stored."""
    refused_total: int


class Reading(Answer):
    t: str
    """When it was measured, RFC 3339."""
    channels: dict[str, float | None]


class ReadingList(Answer):
    """Oldest first."""

    readings: list[Reading]
    next: str | None
    """`from` of the next page."""


class SensorHistoryChannelsValue(Answer):
    mean: list[float | None]
    min: list[float | None]
    max: list[float | None]


class SensorHistory(Answer):
    resolution: Literal["raw", "minute", "hour"] | str
    from_: str = Field(alias="from")
    to: str
    times: list[str]
    """Of each point: its reading, or the beginning of its minute or hour."""
    readings: list[int]
    """How many each point sums up."""
    channels: dict[str, SensorHistoryChannelsValue]
    """One value a point; null: not measured. Of single readings all three are alike."""
    next: str | None
    """`from` of the rest, where there are more points."""


class CalibrationChannel(Answer):
    channel: str
    baseline: float
    reference: float | None
    gain: float


class CalibrationSpan(Answer):
    from_: str | None = Field(alias="from")
    to: str | None
    levels: dict[str, float]


class CalibrationEnvironmentCoefficient(Answer):
    channel: str
    per_celsius: float
    per_percent: float
    explained: float
    """Share of the variance of the fitted span, 0-1."""


class CalibrationEnvironment(Answer):
    """measured less per_celsius and per_percent for each above the reference"""

    reference_temperature: float
    reference_humidity: float
    source: str
    coefficients: list[CalibrationEnvironmentCoefficient]


class CalibrationCertificateValue(Answer):
    performed_by: str
    reference_gas: str
    note: str


class Calibration(Answer):
    mode: str
    """offset or gain"""
    baseline: dict[str, float]
    from_: str | None = Field(alias="from")
    to: str | None
    readings_used: int
    created_at: str
    channels: list[CalibrationChannel]
    """corrected = (measured - baseline) * gain + reference"""
    span: CalibrationSpan | None
    environment: CalibrationEnvironment | None
    """measured less per_celsius and per_percent for each above the reference"""
    certificate: CalibrationCertificateValue | None
    expires_at: str | None


class CalibrateResponse(Answer):
    device: Device
    readings_used: int
    findings: list[QualityFinding]
    calibration: Calibration
    dry_run: bool


class CalibrationList(Answer):
    """Newest first; the first one holds, until it expires."""

    calibrations: list[Calibration]
    next: str | None


class ClassificationProbability(Answer):
    substance: str
    probability: float


class ClassificationDriftChannel(Answer):
    channel: str
    baseline: float
    level: float
    correction: float
    """Added to the channel to make up for it."""


class ClassificationDrift(Answer):
    """Null while warming up."""

    status: Literal["uncalibrated", "steady", "below_baseline"] | str
    """below_baseline: a channel reads below its own clean air, which no smell explains; it is
    corrected to clean air, and you should calibrate anew. steady: nothing in the window speaks
    against the calibration.
    """
    calibration_age_s: float | None
    """At the end of the window."""
    channels: list[ClassificationDriftChannel]
    """Those below clean air: their level in it, and the median of the window."""


class Classification(Answer):
    status: Literal["ready", "warming_up", "uncalibrated", "unknown_pattern"] | str
    """ready: calibrated, a pattern the model knows. uncalibrated: the best answer for a device
    never calibrated. unknown_pattern: no pattern the model knows, so its substance is not to be
    believed. warming_up: too few seconds of readings.
    """
    substance: str | None
    """The most probable one; null while warming up."""
    probabilities: list[ClassificationProbability]
    notes: list[str]
    """Odour notes of the substance; none for an unknown pattern."""
    window_s: float
    """Seconds of readings the answer rests on."""
    needed_s: float
    """Seconds a full window needs."""
    window_end: str | None
    model: ModelRef
    findings: list[QualityFinding]
    drift: ClassificationDrift | None
    """Null while warming up."""


class StreamReadings(Answer):
    """A message to the server."""

    type: Literal["readings"]
    seq: int
    """Number of the message, from 1 without a gap."""
    readings: list[Reading]


class StreamReady(Answer):
    type: Literal["ready"]
    session: str
    settled: int
    """Last number stored or refused; go on with the next."""


class StreamAck(Answer):
    type: Literal["ack"]
    seq: int
    already_settled: bool
    """It was settled before: nothing was done."""
    stored: int
    duplicates: int
    out_of_order: int
    findings: list[QualityFinding]
    refused: list[RefusedReading]
    refused_total: int


class StreamClassification(Answer):
    type: Literal["classification"]
    seq: int
    """Every message up to this one is in it."""
    dropped: int
    """Classifications since the last one that you read too slowly to get."""
    classification: Classification


class Drift(Answer):
    status: Literal["uncalibrated", "steady", "below_baseline"] | str
    """below_baseline: a channel reads below its own clean air, which no smell explains; it is
    corrected to clean air, and you should calibrate anew. steady: nothing in the window speaks
    against the calibration.
    """
    calibration_age_s: float | None
    """At the end of the window."""
    channels: list[ClassificationDriftChannel]
    """Those below clean air: their level in it, and the median of the window."""


class StreamDrift(Answer):
    type: Literal["drift"]
    drift: Drift


class FieldError(Answer):
    """One wrong field: where, and what would be right."""

    pointer: str
    detail: str


class Problem(Answer):
    """application/problem+json; some kinds add members, for instance `suggestions`."""

    type: str
    """Page that explains this kind of error."""
    title: str
    status: int
    detail: str
    instance: str
    """Path of the request."""
    code: str
    """Stable name of the kind of error."""
    requestId: str
    errors: list[FieldError] | None = None


class StreamError(Answer):
    type: Literal["error"]
    problem: Problem
    seq: int | None = None
    """The message that was refused: it is settled and nothing of it is stored."""


StreamEvent: TypeAlias = Annotated[StreamReadings | StreamReady | StreamAck | StreamClassification | StreamDrift | StreamError, Field(union_mode="left_to_right")]


class StreamTicket(Answer):
    """For one connection to one device, within half a minute."""

    ticket: str
    protocols: list[str]
    """For the second argument of `new WebSocket(url, protocols)`."""
    expires_at: str
    url: str
    """Path of the stream."""


class SensorArray(Answer):
    id: str
    name: str
    devices: list[str]
    created_at: str


class SensorArrayList(Answer):
    """Newest first, at most 200."""

    arrays: list[SensorArray]


class SensorArrayClassificationClassification(Answer):
    """What the devices smell together."""

    status: Literal["ready", "warming_up", "uncalibrated", "unknown_pattern"] | str
    """ready: calibrated, a pattern the model knows. uncalibrated: the best answer for a device
    never calibrated. unknown_pattern: no pattern the model knows, so its substance is not to be
    believed. warming_up: too few seconds of readings.
    """
    substance: str | None
    """The most probable one; null while warming up."""
    probabilities: list[ClassificationProbability]
    notes: list[str]
    """Odour notes of the substance; none for an unknown pattern."""
    window_s: float
    """Seconds of readings the answer rests on."""
    needed_s: float
    """Seconds a full window needs."""
    window_end: str | None
    model: ModelRef
    findings: list[QualityFinding]
    drift: Drift | None
    """Null while warming up."""


class SensorArrayClassificationMember(Answer):
    device: str
    part: Literal["used", "removed", "silent", "warming_up"] | str
    """used; removed: the device was deleted; silent: its last reading lies more than half a minute
    before the end; warming_up: too few seconds of readings
    """
    lag_s: float | None
    """From its last reading to the end of the windows; null where it has none."""
    status: Literal["ready", "warming_up", "uncalibrated", "unknown_pattern"] | str | None
    substance: str | None
    probability: float | None


class SensorArrayClassification(Answer):
    array: SensorArray
    classification: SensorArrayClassificationClassification
    """What the devices smell together."""
    degraded: bool
    """Not all devices took part; `members` says why."""
    members: list[SensorArrayClassificationMember]


class AccountTenant(Answer):
    id: str
    name: str
    tier: Literal["free", "basic", "pro", "enterprise"] | str
    created_at: str


class AccountLimits(Answer):
    requests_per_hour: int | None
    """null: no limit."""
    molecules_per_month: int | None
    """null: no limit."""
    concurrent_jobs: int


class AccountMolecules(Answer):
    """Molecules predicted and generated this month, those of jobs included."""

    month: str
    """Calendar month, UTC."""
    used: int
    """Answered, or charged to work that has not ended."""
    left: int | None
    """null: no limit."""
    resets_at: str


class AccountCredential(Answer):
    kind: Literal["key", "client"] | str
    id: str
    scopes: list[str]


class Account(Answer):
    tenant: AccountTenant
    limits: AccountLimits
    molecules: AccountMolecules
    """Molecules predicted and generated this month, those of jobs included."""
    open_jobs: int
    """Jobs that have not ended, or did so a moment ago."""
    credential: AccountCredential


class Erasure(Answer):
    """All that stays of a tenant beside its rows in the audit log."""

    tenant_id: str
    asked_at: str
    erased_at: str | None
    """When every service had erased what it had."""
    closed_at: str | None
    """When they had looked once more for what was still on its way."""


class UsageRow(Answer):
    requests: int
    molecules: int
    errors: int
    day: str | None = None
    endpoint: str | None = None
    key_id: str | None = None


class UsageTotal(Answer):
    requests: int
    molecules: int
    errors: int


class Usage(Answer):
    """Requests answered, refusals included; molecules answered; requests answered with an error. A
    few seconds late.
    """

    from_: str = Field(alias="from")
    to: str
    group_by: list[Literal["day", "endpoint", "key"] | str]
    rows: list[UsageRow]
    total: UsageTotal


class WebhookDeliveryAttempt(Answer):
    at: str
    status: int | None
    error: str | None
    duration_ms: int


class WebhookDelivery(Answer):
    id: str
    job_id: str | None
    """The job it tells of; null: it is a test."""
    webhook_id: str | None
    """The account’s webhook it goes to; null: the job’s own."""
    url: str | None
    """Null once the job’s input has been deleted."""
    event: Literal["job.succeeded", "job.failed", "job.cancelled", "webhook.test"] | str
    state: Literal["pending", "delivered", "failed"] | str
    created_at: str
    delivered_at: str | None
    next_attempt_at: str | None
    attempts: list[WebhookDeliveryAttempt]


class WebhookDeliveryList(Answer):
    """Newest first."""

    deliveries: list[WebhookDelivery]


class CreatedWebhook(Answer):
    id: str
    label: str
    url: str
    events: list[Literal["job.succeeded", "job.failed", "job.cancelled"] | str]
    created_at: str
    secret: str | None = None
    """Where it was made for you: shown this once."""


class Webhook(Answer):
    id: str
    label: str
    url: str
    events: list[Literal["job.succeeded", "job.failed", "job.cancelled"] | str]
    created_at: str


class WebhookList(Answer):
    """Newest first; an account has at most 10."""

    webhooks: list[Webhook]


class WebhookDeliveryPage(Answer):
    """Newest first."""

    deliveries: list[WebhookDelivery]
    next: str | None


class CreatedKey(Answer):
    id: str
    label: str
    prefix: str
    """Beginning of the key, to recognise it by."""
    scopes: list[str]
    """What it is good for."""
    address_ranges: list[str]
    """Where it may be used from; empty: anywhere."""
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    """To the minute."""
    replaces: str | None
    """Id of the key it was rotated from."""
    replaced_by: str | None
    """Id of the key it was rotated to."""
    secret: str
    """The key itself, shown this once."""


class Key(Answer):
    id: str
    label: str
    prefix: str
    """Beginning of the key, to recognise it by."""
    scopes: list[str]
    """What it is good for."""
    address_ranges: list[str]
    """Where it may be used from; empty: anywhere."""
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    """To the minute."""
    replaces: str | None
    """Id of the key it was rotated from."""
    replaced_by: str | None
    """Id of the key it was rotated to."""


class KeyList(Answer):
    """Newest first, revoked ones included."""

    keys: list[Key]
    next: str | None


class ClientList(Answer):
    """Newest first, revoked ones included."""

    clients: list[Key]
    next: str | None


class SessionTenant(Answer):
    id: str
    tier: Literal["free", "basic", "pro", "enterprise"] | str


class SessionCredential(Answer):
    kind: Literal["key", "client", "none"] | str
    """none: no credential was sent, where this fleet needs none."""
    id: str | None = None


class Session(Answer):
    tenant: SessionTenant
    credential: SessionCredential
    scopes: list[str]
    """What the credential is good for."""
    csrf_token: str | None = None
    """There with a session: to be sent as X-CSRF-Token with every request other than GET and HEAD."""
    ends_at: str | None = None
    """When the session, or the credential before it, ends; absent: not by itself."""


class Token(Answer):
    access_token: str
    """JSON Web Token, signed with EdDSA."""
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds."""
    scope: str


class AuditListEntry(Answer):
    seq: int
    at: str
    actor: str
    """key:ID, client:ID, service:NAME or operator."""
    tenant_id: str | None
    action: str
    target: str
    address: str | None
    """Keyed hash of the network address."""
    request_id: str
    outcome: Literal["done", "refused", "failed"] | str
    detail: dict[str, str]
    hash: str
    """SHA-256 over this row and the hash of the one before, hex."""


class AuditList(Answer):
    """Newest first."""

    entries: list[AuditListEntry]
    next: int | None


class ConsentsConsent(Answer):
    purpose: Literal["popular_molecules"]
    granted: bool
    """Only what was granted in this version is."""
    version: str
    text: str
    """What is agreed to."""
    decided_at: str | None
    """Null: never decided, which is no."""


class ConsentDecision(Answer):
    purpose: str
    granted: bool
    version: str
    decided_at: str


class Consents(Answer):
    consents: list[ConsentsConsent]
    history: list[ConsentDecision]
    """Every decision, newest first; at most 200."""


class ExportLineAccount(Answer):
    id: str
    name: str
    tier: Literal["free", "basic", "pro", "enterprise"] | str
    created_at: str
    suspended_at: str | None
    type: Literal["account"]


class ExportLineKey(Answer):
    id: str
    label: str
    prefix: str
    """Beginning of the key, to recognise it by."""
    scopes: list[str]
    """What it is good for."""
    address_ranges: list[str]
    """Where it may be used from; empty: anywhere."""
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    """To the minute."""
    replaces: str | None
    """Id of the key it was rotated from."""
    replaced_by: str | None
    """Id of the key it was rotated to."""
    type: Literal["key"]


class ExportLineClient(Answer):
    id: str
    label: str
    prefix: str
    """Beginning of the key, to recognise it by."""
    scopes: list[str]
    """What it is good for."""
    address_ranges: list[str]
    """Where it may be used from; empty: anywhere."""
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    """To the minute."""
    replaces: str | None
    """Id of the key it was rotated from."""
    replaced_by: str | None
    """Id of the key it was rotated to."""
    type: Literal["client"]


class ExportLineConsent(Answer):
    purpose: str
    granted: bool
    version: str
    decided_at: str
    type: Literal["consent"]


class ExportLineUsage(Answer):
    requests: int
    molecules: int
    errors: int
    type: Literal["usage"]
    day: str | None = None
    endpoint: str | None = None
    key_id: str | None = None


class ExportLineJob(Answer):
    id: str
    kind: Literal["predict", "generate"] | str
    status: Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"] | str
    progress: JobProgress
    summary: JobSummary
    created_at: str
    started_at: str | None
    finished_at: str | None
    deadline_at: str | None
    """When it fails if it has not ended."""
    results_deleted_at: str | None
    """When its results were deleted."""
    input_report: JobInputReport | None
    webhook: JobWebhook | None
    error: PredictionWarning | None
    """Why the job failed."""
    links: JobLinks
    type: Literal["job"]


class ExportLineJobInput(Answer):
    type: Literal["job_input"]
    job_id: str
    smiles: str
    line: int | None = None
    """Line of the uploaded file."""
    fault: str | None = None
    """Why this line holds no molecule."""


class ExportLineJobResultResult(Answer):
    """A line of the results."""

    pass


class ExportLineJobResult(Answer):
    type: Literal["job_result"]
    job_id: str
    result: ExportLineJobResultResult
    """A line of the results."""


class ExportLineWebhook(Answer):
    id: str
    label: str
    url: str
    events: list[Literal["job.succeeded", "job.failed", "job.cancelled"] | str]
    created_at: str
    type: Literal["webhook"]


class ExportLineWebhookDelivery(Answer):
    id: str
    job_id: str | None
    """The job it tells of; null: it is a test."""
    webhook_id: str | None
    """The account’s webhook it goes to; null: the job’s own."""
    url: str | None
    """Null once the job’s input has been deleted."""
    event: Literal["job.succeeded", "job.failed", "job.cancelled", "webhook.test"] | str
    state: Literal["pending", "delivered", "failed"] | str
    created_at: str
    delivered_at: str | None
    next_attempt_at: str | None
    attempts: list[WebhookDeliveryAttempt]
    type: Literal["webhook_delivery"]


class ExportLineDevice(Answer):
    id: str
    name: str
    sensor_type: str
    channels: list[str]
    created_at: str
    last_reading_at: str | None
    readings: int
    calibration: DeviceCalibration
    type: Literal["device"]


class ExportLineCalibration(Answer):
    mode: str
    """offset or gain"""
    baseline: dict[str, float]
    from_: str | None = Field(alias="from")
    to: str | None
    readings_used: int
    created_at: str
    channels: list[CalibrationChannel]
    """corrected = (measured - baseline) * gain + reference"""
    span: CalibrationSpan | None
    environment: CalibrationEnvironment | None
    """measured less per_celsius and per_percent for each above the reference"""
    certificate: CalibrationCertificateValue | None
    expires_at: str | None
    type: Literal["calibration"]
    device_id: str


class ExportLineReading(Answer):
    t: str
    """When it was measured, RFC 3339."""
    channels: dict[str, float | None]
    type: Literal["reading"]
    device_id: str


class ExportLineSensorArray(Answer):
    id: str
    name: str
    devices: list[str]
    created_at: str
    type: Literal["sensor_array"]


class ExportLineAudit(Answer):
    seq: int
    at: str
    actor: str
    """key:ID, client:ID, service:NAME or operator."""
    tenant_id: str | None
    action: str
    target: str
    address: str | None
    """Keyed hash of the network address."""
    request_id: str
    outcome: Literal["done", "refused", "failed"] | str
    detail: dict[str, str]
    hash: str
    """SHA-256 over this row and the hash of the one before, hex."""
    type: Literal["audit"]


class ExportLineEnd(Answer):
    type: Literal["end"]
    lines: int
    """Lines before this one."""


ExportLine: TypeAlias = Annotated[ExportLineAccount | ExportLineKey | ExportLineClient | ExportLineConsent | ExportLineUsage | ExportLineJob | ExportLineJobInput | ExportLineJobResult | ExportLineWebhook | ExportLineWebhookDelivery | ExportLineDevice | ExportLineCalibration | ExportLineReading | ExportLineSensorArray | ExportLineAudit | ExportLineEnd, Field(union_mode="left_to_right")]
"""One thing that is kept of the account. The last line is of type `end`; a file without it was cut
off.
"""


class Tenant(Answer):
    id: str
    name: str
    tier: Literal["free", "basic", "pro", "enterprise"] | str
    created_at: str
    suspended_at: str | None


class ErasureList(Answer):
    """Newest first; the latest 100."""

    erasures: list[Erasure]


class TenantList(Answer):
    """Newest first."""

    tenants: list[Tenant]
    next: str | None


class RotatedSigningKey(Answer):
    kid: str
    """Id of the key that signs from now on."""


class FleetServiceInstanceCheck(Answer):
    name: str
    ok: bool
    vital: bool
    """Without it nothing can be served."""
    detail: str | None


class FleetServiceInstance(Answer):
    instance: str
    """Name of the host, or of the pod."""
    version: str
    started_at: str
    ready: bool
    silent_ms: int
    """Since it last told how it is."""
    checks: list[FleetServiceInstanceCheck]


class FleetService(Answer):
    name: Literal["gateway", "auth", "inference", "sensors", "worker"] | str
    pool: str | None
    """Of inference: the pool, by its target."""
    state: Literal["ready", "impaired", "not_ready", "away"] | str
    """impaired: it serves, and something it needs is not there. away: nobody answers."""
    instances: list[FleetServiceInstance]


class FleetQueueJobs(Answer):
    queued: int
    running: int
    paused: int


class FleetQueue(Answer):
    """The backlog of jobs."""

    chunks: int
    """Parts of jobs that wait or run."""
    oldest_s: float
    """How long the job that waits longest has waited."""
    jobs: FleetQueueJobs


class Fleet(Answer):
    services: list[FleetService]
    queue: FleetQueue
    """The backlog of jobs."""


class AdminJob(Answer):
    tenant_id: str
    id: str
    kind: Literal["predict", "generate"] | str
    status: Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"] | str
    progress: JobProgress
    summary: JobSummary
    created_at: str
    started_at: str | None
    finished_at: str | None
    deadline_at: str | None
    """When it fails if it has not ended."""
    results_deleted_at: str | None
    """When its results were deleted."""
    input_report: JobInputReport | None
    webhook: JobWebhook | None
    error: PredictionWarning | None
    """Why the job failed."""
    links: JobLinks


class AdminJobList(Answer):
    """Newest first."""

    jobs: list[AdminJob]
    next: str | None


class AuditVerification(Answer):
    holds: bool
    rows: int
    """Rows that hold, from the first on."""
    head: str
    """Hash of the last of them, hex."""
    fault: str | None
    """What is wrong with the first row that does not hold."""
