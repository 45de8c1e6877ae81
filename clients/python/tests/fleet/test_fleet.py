"""Every part of the client against a running fleet."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from sillage import (
    ApiError,
    AsyncSillage,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    NotUnderstood,
    Prediction,
    Sillage,
    StreamEnded,
)
from sillage.frames import map_frame, readings_frame, results_frame
from sillage.inputs import CalibrationCertificate
from sillage.models import (
    EmbeddedMolecule,
    FailedLine,
    Molecule,
    PlacedMolecule,
    PredictedLine,
    StreamAck,
    StreamClassification,
)

from .recording import almond

VANILLIN = "COc1cc(C=O)ccc1O"


def test_predict(client: Sillage) -> None:
    vanillin = client.predict(
        VANILLIN, top_k=3, include=["similar", "embedding", "attribution", "svg"], similar_k=2
    )
    assert vanillin.primary_notes[0] == "vanilla"
    assert len(vanillin.notes) == 3
    assert vanillin.similar is not None
    assert vanillin.similar[0].same_molecule is True
    assert vanillin.attribution is not None
    assert len(vanillin.attribution.atoms) == 11
    assert vanillin.svg is not None
    assert vanillin.svg.startswith("<svg") or "<svg" in vanillin.svg


def test_a_long_list_comes_back_in_order(client: Sillage) -> None:
    smiles = ["C" * (1 + n % 20) for n in range(600)]
    smiles[300] = "C1CC"
    rows = client.predict(smiles, top_k=1)
    assert [row.input for row in rows] == smiles
    [failed] = rows.failed
    assert "ring 1" in failed.error.detail


def test_labels_in_the_language_of_the_client(client: Sillage) -> None:
    with Sillage(language="fr") as french:
        assert french.predict(VANILLIN, top_k=1).notes[0].label == "vanille"
    assert client.predict(VANILLIN, top_k=1).notes[0].label is None


def test_errors_have_the_members_of_the_problem(client: Sillage) -> None:
    with pytest.raises(InvalidInput) as wrong:
        client.predict(VANILLIN, top_k=0)
    assert wrong.value.errors[0].pointer == "/top_k"
    assert wrong.value.request_id
    with pytest.raises(InvalidInput) as unreadable:
        client.predict("C1CC")
    assert unreadable.value.errors[0].pointer == "/smiles"
    with pytest.raises(NotFound, match="olfactory-base"):
        client.predict(VANILLIN, model="nothing of the kind")
    with pytest.raises(NotUnderstood) as unknown:
        client.generate("a letter about taxes")
    assert unknown.value.suggestions
    with Sillage(api_key="sk_dev_none_of_it") as nobody, pytest.raises(NotAuthenticated):
        nobody.predict(VANILLIN)
    with pytest.raises(NotFound):
        client.jobs.get(str(uuid.uuid4()))


def test_generate(client: Sillage) -> None:
    answer = client.generate(
        "warm vanilla, slightly smoky",
        num_molecules=2,
        seed=7,
        constraints={"max_molecular_weight": 250},
    )
    assert answer.understood["vanilla"] > 0
    for molecule in answer.molecules:
        assert isinstance(molecule, Molecule)
        assert molecule.molecular_weight <= 250
    events = list(client.generate_stream("warm vanilla, slightly smoky", num_molecules=2, seed=7))
    assert [events[0].type, events[-1].type] == ["started", "finished"]
    assert sum(event.molecule is not None for event in events) == 2


def test_a_job_from_making_it_to_its_rows(client: Sillage, tmp_path: Path) -> None:
    key = uuid.uuid4().hex
    job = client.jobs.predict([VANILLIN, "C1CC", "CSSC"], top_k=2, idempotency_key=key)
    assert (
        client.jobs.predict([VANILLIN, "C1CC", "CSSC"], top_k=2, idempotency_key=key).id == job.id
    )
    done: list[int] = []
    ended = client.jobs.wait(
        job, timeout_s=60, on_progress=lambda now: done.append(now.progress.done)
    )
    assert ended.status == "succeeded"
    assert done == sorted(done)
    events = list(client.jobs.events(job, last_event_id="1"))
    assert events[-1].type == "finished"
    rows = list(client.jobs.results(job))
    assert [type(row) for row in rows] == [PredictedLine, FailedLine, PredictedLine]
    table = results_frame(rows)
    assert list(table["index"]) == [0, 1, 2]
    assert table["note_1"][0] == "vanilla"
    for name in ("rows.csv", "rows.sdf", "rows.parquet", "rows.ndjson"):
        assert client.jobs.download(job, tmp_path / name).stat().st_size > 0
    assert client.jobs.cancel(job).status == "succeeded"
    assert client.jobs.list(limit=1).jobs
    assert job.id in [one.id for one in client.jobs.each()]
    assert list(client.jobs.deliveries(job)) == []


def test_a_job_paused_resumed_and_cancelled(client: Sillage) -> None:
    job = client.jobs.generate("woody, amber", num_molecules=2000, seed=1)
    assert client.jobs.pause(job).status in ("paused", "queued", "running")
    client.jobs.resume(job)
    client.jobs.cancel(job)
    assert client.jobs.wait(job, timeout_s=60).status == "cancelled"


def test_a_file(client: Sillage, tmp_path: Path) -> None:
    path = tmp_path / "molecules.csv"
    path.write_bytes("id;structure\n1;CCO\n2;\n3;CSSC\n".encode("latin-1"))
    job = client.jobs.upload(path, column="structure", top_k=1)
    assert job.input_report is not None
    assert job.input_report.delimiter == ";"
    assert client.jobs.wait(job, timeout_s=60).status == "succeeded"
    lines = list(client.jobs.results(job))
    assert [getattr(line, "line", None) for line in lines] == [2, 3, 4]


def test_research(client: Sillage) -> None:
    blend = client.research.mixtures(
        [{"smiles": VANILLIN, "proportion": 3}, {"smiles": "CC(=O)OCCC(C)C", "proportion": 1}]
    )
    assert len(blend.components) == 2
    embedded = client.research.embed([VANILLIN, "CSSC"])
    [one, _] = embedded.embeddings
    assert isinstance(one, EmbeddedMolecule)
    assert isinstance(one.embedding, list)
    near = client.research.similar(embedding=one.embedding, k=3, filter={"named_only": True})
    assert near.results
    page = client.research.map(notes=["vanilla"], named=True, limit=3)
    assert len(map_frame(page.points)) == 3
    assert len(list(client.research.each_on_map(notes=["vanilla"], named=True))) == page.total
    [placed] = client.research.place([VANILLIN]).places
    assert isinstance(placed, PlacedMolecule)
    assert client.research.properties([VANILLIN]).molecules
    assert client.research.safety("CC1CO1").rules.count > 0
    figures = client.research.evaluate(
        [{"smiles": VANILLIN, "notes": ["vanilla"]}, {"smiles": "CSSC", "notes": ["sulfurous"]}]
    )
    assert figures.model.name == "olfactory-base"


def test_sensors(client: Sillage) -> None:
    device = client.sensors.create("bench nose")
    readings = almond()
    stored = client.sensors.send(device, readings)
    assert stored.stored == len(readings)
    assert client.sensors.send(device, readings).duplicates == len(readings)
    answer = client.sensors.classification(device)
    assert answer.substance == "almond"
    assert answer.status == "uncalibrated"
    assert client.sensors.history(device, points=10).times
    table = readings_frame(client.sensors.each_reading(device))
    assert len(table) == len(readings)
    later = datetime.now(timezone.utc) + timedelta(hours=1)
    assert client.sensors.readings(device, start=later).readings == []
    assert client.sensors.calibrate(device, dry_run=True).readings_used > 0
    assert client.sensors.calibrations(device).calibrations == []
    certificate: CalibrationCertificate = {"performed_by": "bench"}
    client.sensors.calibrate(device, certificate=certificate, valid_days=30)
    [kept] = client.sensors.calibrations(device).calibrations
    assert kept.readings_used > 0
    assert client.sensors.get(device).calibration.calibrated is True
    assert device.id in [one.id for one in client.sensors.list().devices]
    assert client.sensors.stream_ticket(device).protocols
    other = client.sensors.create("bench nose, beside it")
    array = client.sensors.create_array("bench", [device, other])
    assert [one.id for one in client.sensors.arrays().arrays] == [array.id]
    together = client.sensors.classify_array(array)
    assert together.degraded is True
    assert [one.device for one in together.members if one.part == "used"] == [device.id]
    client.sensors.delete_array(array)
    assert client.sensors.arrays().arrays == []
    client.sensors.delete(other)
    client.sensors.delete(device)
    with pytest.raises(NotFound):
        client.sensors.get(device)


def test_a_live_stream(client: Sillage) -> None:
    device = client.sensors.create("live nose")
    readings = almond()
    with client.sensors.live(device, session="test-1") as live:
        for start in range(0, len(readings), 20):
            live.send(readings[start : start + 20])
        live.flush()
        acks = []
        while True:
            event = live.receive(timeout_s=20)
            if isinstance(event, StreamAck):
                acks.append(event.seq)
            if isinstance(event, StreamClassification) and event.seq == 5:
                break
        assert acks == [1, 2, 3, 4, 5]
        assert event.classification.substance == "almond"
    # Another program goes on with the session.
    with client.sensors.live(device, session="test-1") as live:
        assert live.send(almond(datetime.now(timezone.utc))[:1]) == 6
        live.flush()
        client.sensors.delete(device)
        live.send(readings[:1])
        with pytest.raises(StreamEnded) as ended:
            for _ in live:
                pass
        assert ended.value.code == 4404


def test_keys_and_their_scopes(client: Sillage) -> None:
    made = client.keys.create(label="bench", scopes=["predict", "models:*"])
    with Sillage(api_key=made.secret) as narrow:
        assert narrow.predict(VANILLIN).smiles
        with pytest.raises(NotAllowed) as refused:
            narrow.generate("vanilla")
        assert refused.value.scope
    assert client.keys.update(made, label="second bench").label == "second bench"
    successor = client.keys.rotate(made, overlap_s=60)
    assert successor.replaces == made.id
    assert client.keys.revoke(successor).revoked_at is not None
    client.keys.revoke(made)
    assert made.id in [one.id for one in client.keys.list().keys]


def test_oauth(client: Sillage) -> None:
    robot = client.oauth.create(label="robot", scopes=["predict", "models:*"])
    token = client.oauth.token(robot.id, robot.secret, scopes=["predict", "models:*"])
    # A token is a credential like a key; both headers are read.
    with Sillage(api_key=token.access_token) as one:
        assert isinstance(one.predict(VANILLIN), Prediction)
    with pytest.raises(ApiError, match="invalid_client"):
        client.oauth.token(robot.id, "not the secret")
    client.oauth.revoke(robot)
    assert robot.id in [one.id for one in client.oauth.list().clients]


def test_account(client: Sillage) -> None:
    account = client.account.get()
    assert account.tenant.id
    assert client.account.usage(group_by=["day", "endpoint"]).group_by == ["day", "endpoint"]
    assert client.account.audit(limit=2).entries
    [consent] = client.account.consents().consents
    decided = client.account.decide(
        [{"purpose": "popular_molecules", "granted": False, "version": consent.version}]
    )
    assert decided.history
    rows = list(client.account.export())
    assert [rows[0]["type"], rows[-1]["type"]] == ["account", "end"]
    assert client.models()[0].name


def test_webhooks(client: Sillage) -> None:
    with pytest.raises(InvalidInput):
        client.webhooks.create("ftp://example.com")
    made = client.webhooks.create("https://example.com/hook", label="bench", events=["job.failed"])
    assert made.secret
    assert made.id in [one.id for one in client.webhooks.list().webhooks]
    assert client.webhooks.deliveries(webhook=made, limit=5).deliveries == []
    told = client.webhooks.test(made)
    assert [one.id for one in client.webhooks.deliveries(webhook=made).deliveries] == [told.id]
    assert client.webhooks.redeliver(told).id == told.id
    client.webhooks.delete(made)


def test_admin_is_refused_to_whoever_lacks_its_scope(client: Sillage) -> None:
    made = client.keys.create(label="no admin", scopes=["predict"])
    with Sillage(api_key=made.secret) as narrow, pytest.raises(NotAllowed) as refused:
        narrow.admin.tenants()
    assert refused.value.scope == "admin"
    client.keys.revoke(made)


def test_administration(client: Sillage) -> None:
    if "admin" not in client.account.get().credential.scopes:
        pytest.skip("the key is no administrator's")
    tenant = client.admin.create_tenant(f"Maison {uuid.uuid4().hex[:8]}", tier="basic")
    assert client.admin.tenant(tenant).tier == "basic"
    assert client.admin.update_tenant(tenant, tier="pro").tier == "pro"
    made = client.admin.create_key(tenant, label="first")
    assert made.id in [one.id for one in client.admin.keys(tenant).keys]
    client.admin.revoke_key(made)
    assert client.admin.clients(tenant).clients == []
    assert client.admin.audit(limit=1, tenant_id=tenant.id).entries
    assert client.admin.verify_audit().rows > 0
    assert client.admin.fleet().services
    assert client.admin.jobs(limit=1).jobs is not None
    assert client.admin.tenants(limit=1).tenants
    assert client.admin.erase_tenant(tenant, confirm=tenant.id).tenant_id == tenant.id
    assert tenant.id in [one.tenant_id for one in client.admin.erasures().erasures]


def test_asyncio(client: Sillage) -> None:
    readings = almond()

    async def scenario() -> None:
        async with AsyncSillage() as sillage:
            rows = await sillage.predict([VANILLIN] * 300, top_k=1)
            assert len(rows) == 300
            job = await sillage.jobs.predict([VANILLIN, "CSSC"])
            ended = await sillage.jobs.wait(job, timeout_s=60)
            assert ended.status == "succeeded"
            assert len([row async for row in sillage.jobs.results(job)]) == 2
            device = await sillage.sensors.create("nose of a loop")
            async with sillage.sensors.live(device) as live:
                await live.send(readings)
                await live.flush()
                async for event in live:
                    if isinstance(event, StreamClassification):
                        assert event.classification.substance == "almond"
                        break
            await sillage.sensors.delete(device)

    asyncio.run(scenario())


def test_every_operation_has_a_method(client: Sillage) -> None:
    """What the document of the fleet has and the client has no method for stands here."""
    import httpx

    import sillage._sync as sync

    left_out = {
        # Version 2 of one operation; pages in browsers; sessions are for the console.
        "/api/v2/predict",
        "/.well-known/jwks.json",
        "/api/v1/session",
    }
    folder = Path(sync.__file__).parent
    source = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    document = httpx.get(f"{client._transport.url}/openapi.json").json()
    known = json.dumps(sorted(paths_in(source)))
    missing = [
        path
        for path in document["paths"]
        if not path.startswith("/v2") and path not in left_out and json.dumps(path) not in known
    ]
    assert missing == []


def paths_in(source: str) -> set[str]:
    """Paths that the source names, its constants filled in."""
    import re

    constants = {
        "_jobs": "/api/v1/jobs",
        "_job": "/api/v1/jobs/{id}",
        "_devices": "/api/v1/sensors/devices",
        "_device": "/api/v1/sensors/devices/{id}",
        "_arrays": "/api/v1/sensors/arrays",
        "_array": "/api/v1/sensors/arrays/{id}",
        "_research": "/api/v1/research",
        "_webhooks": "/api/v1/webhooks",
    }
    found = set(constants.values()) | set(re.findall(r'"(/[^"\s]*)"', source))
    for name, value in constants.items():
        found |= {value + rest for rest in re.findall(rf'f"{{{name}}}([^"]*)"', source)}
    found = {one.replace("{{", "{").replace("}}", "}") for one in found}
    found |= {f"/api/v1/jobs/{{id}}{rest}" for rest in ("/pause", "/resume", "/retry")}
    for base in ("/api/v1/keys", "/api/v1/oauth/clients"):
        found |= {base, f"{base}/{{id}}", f"{base}/{{id}}/rotate"}
    return found
