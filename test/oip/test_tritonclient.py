"""NVIDIA's own client, unchanged, over HTTP and gRPC: a model made here with scikit-learn is put into the repository,
loaded, asked and taken out again."""

from threading import Event

import numpy as np
import pytest
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingRegressor
from tritonclient.utils import InferenceServerException

COLUMNS = 6


def papers(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Papers as six numbers (authors, references, age in years, pages, h-index of the first author, open access), and
    how often each is cited by a made-up law with noise: the model has something to learn, the test needs no data."""
    random = np.random.default_rng(seed)
    x = np.column_stack(
        [
            random.integers(1, 12, count),
            random.integers(5, 90, count),
            random.integers(1, 20, count),
            random.integers(4, 30, count),
            random.integers(1, 60, count),
            random.integers(0, 2, count),
        ]
    ).astype(np.float32)
    law = 0.4 * x[:, 2] * np.sqrt(x[:, 4]) + 0.1 * x[:, 1] + 3 * x[:, 5]
    return x, (law + random.normal(0, 1, count)).astype(np.float32)


@pytest.fixture(scope="module")
def regressor():
    x, y = papers(500, seed=1)
    return GradientBoostingRegressor(n_estimators=40, random_state=1).fit(x, y)


class Http:
    """The HTTP client with this server's key."""

    module = triton_http

    def __init__(self, server):
        self.client = triton_http.InferenceServerClient(server.address)
        self.headers = server.headers

    @property
    def auth(self):
        # The HTTP client writes into the headers it is given.
        return {"headers": dict(self.headers)}

    def index(self):
        return self.client.get_model_repository_index(**self.auth)

    def metadata(self, model, version=""):
        return self.client.get_model_metadata(model, version, **self.auth)

    def config(self, model):
        return self.client.get_model_config(model, **self.auth)

    def statistics(self, model):
        return self.client.get_inference_statistics(model, **self.auth)["model_stats"][0]


class Grpc:
    """The gRPC client with this server's key."""

    module = triton_grpc

    def __init__(self, server):
        self.client = triton_grpc.InferenceServerClient(server.grpc)
        self.auth = {"headers": dict(server.headers)}

    def index(self):
        return self.client.get_model_repository_index(as_json=True, **self.auth)["models"]

    def metadata(self, model, version=""):
        return self.client.get_model_metadata(model, version, as_json=True, **self.auth)

    def config(self, model):
        return self.client.get_model_config(model, as_json=True, **self.auth)["config"]

    def statistics(self, model):
        return self.client.get_inference_statistics(model, as_json=True, **self.auth)["model_stats"][0]


@pytest.fixture(params=[Http, Grpc], ids=["http", "grpc"])
def triton(request, server):
    one = request.param(server)
    yield one
    one.client.close()


@pytest.fixture(scope="module")
def citations(server, regressor):
    """The model in the repository of the fleet, loaded by the client; its name."""
    if server.models is None:
        pytest.skip("the repository of another server is not ours to write in")
    folder = server.models / "citations"
    folder.mkdir()
    x, _ = papers(1, seed=2)
    (folder / "model.onnx").write_bytes(to_onnx(regressor, x, target_opset=17).SerializeToString())
    (folder / "manifest.yaml").write_text("task: tensors\nbatching: { maxRows: 64 }\ncache: true\n")
    client = triton_http.InferenceServerClient(server.address)
    client.load_model("citations", headers=server.headers)
    yield "citations"
    client.unload_model("citations", headers=server.headers)
    assert not client.is_model_ready("citations", headers=server.headers)
    client.close()


def infer(triton, model, tensors: dict, outputs=None, **options):
    inputs = []
    for name, (values, datatype) in tensors.items():
        one = triton.module.InferInput(name, list(values.shape), datatype)
        one.set_data_from_numpy(values)
        inputs.append(one)
    return triton.client.infer(model, inputs, outputs=outputs, **options, **triton.auth)


def test_server(triton):
    assert triton.client.is_server_live()
    assert triton.client.is_server_ready()
    metadata = triton.client.get_server_metadata(**triton.auth)
    assert (metadata["name"] if isinstance(metadata, dict) else metadata.name) == "sillage"


def test_repository(triton, citations):
    index = {(one["name"], one["version"]): one for one in triton.index()}
    assert index[citations, "1"]["state"] == "READY"
    assert index["broken", "1"]["state"] == "UNAVAILABLE"
    assert "Protobuf parsing failed" in index["broken", "1"]["reason"]
    # The fleet's own models are there too, as tensors.
    assert index["olfactory-base", "1"]["state"] == "READY"
    assert triton.client.is_model_ready(citations, **triton.auth)
    assert not triton.client.is_model_ready("broken", **triton.auth)


def test_metadata(triton, citations):
    metadata = triton.metadata(citations)
    assert [(one["name"], one["datatype"], [int(n) for n in one["shape"]]) for one in metadata["inputs"]] == [
        ("X", "FP32", [-1, COLUMNS])
    ]
    assert metadata["versions"] == ["1"]
    assert triton.config(citations)["max_batch_size"] == 64


def test_citations(triton, citations, regressor):
    x, _ = papers(32, seed=3)
    result = infer(triton, citations, {"X": (x, "FP32")}, request_id="seven")
    np.testing.assert_allclose(result.as_numpy("variable")[:, 0], regressor.predict(x), rtol=1e-5)
    response = result.get_response()
    assert (response["id"] if isinstance(response, dict) else response.id) == "seven"


def test_cache_and_statistics(triton, citations):
    x, _ = papers(3, seed=4 if isinstance(triton, Http) else 5)
    before = triton.statistics(citations)
    for _ in range(4):
        infer(triton, citations, {"X": (x, "FP32")})
    after = triton.statistics(citations)

    def grown(path):
        values = []
        for one in (before, after):
            for key in path:
                one = one.get(key, 0)
            values.append(int(one))
        return values[1] - values[0]

    assert grown(["execution_count"]) == 1
    assert grown(["inference_count"]) == 3
    assert grown(["inference_stats", "success", "count"]) == 4
    assert grown(["inference_stats", "cache_hit", "count"]) == 3
    assert grown(["inference_stats", "cache_miss", "count"]) == 1


def test_async_requests_are_batched(triton, citations, regressor):
    batches = [papers(2, seed=100 + n + (50 if isinstance(triton, Http) else 0))[0] for n in range(24)]
    if isinstance(triton, Http):
        client = triton_http.InferenceServerClient(triton.client._parsed_url.netloc, concurrency=8)
        requests = []
        for x in batches:
            one = triton_http.InferInput("X", list(x.shape), "FP32")
            one.set_data_from_numpy(x)
            requests.append(client.async_infer(citations, [one], **triton.auth))
        results = [request.get_result() for request in requests]
        client.close()
    else:
        results, finished = [None] * len(batches), Event()
        for n, x in enumerate(batches):
            one = triton_grpc.InferInput("X", list(x.shape), "FP32")
            one.set_data_from_numpy(x)

            def done(result, error, n=n):
                results[n] = error or result
                if None not in results:
                    finished.set()

            triton.client.async_infer(citations, [one], done, **triton.auth)
        assert finished.wait(30)
    for x, result in zip(batches, results, strict=True):
        np.testing.assert_allclose(result.as_numpy("variable")[:, 0], regressor.predict(x), rtol=1e-5)


def test_outputs_as_json_and_text_as_bytes(triton):
    text = np.array([["musk"], ["été"]], dtype=np.object_)
    asked = [triton.module.InferRequestedOutput("same")]
    if isinstance(triton, Http):
        asked = [triton_http.InferRequestedOutput("same", binary_data=False)]
    result = infer(triton, "words", {"text": (text, "BYTES")}, outputs=asked)
    same = [one.decode() if isinstance(one, bytes) else one for one in result.as_numpy("same")[:, 0]]
    assert same == ["musk", "été"]


def test_classification(triton):
    a = np.array([[0.1, 0.7, 0.2]], dtype=np.float32)
    asked = [triton.module.InferRequestedOutput("y", class_count=2)]
    tensors = {"a": (a, "FP32"), "b": (np.zeros_like(a), "FP32")}
    result = infer(triton, "sums", tensors, outputs=asked, model_version="1")
    found = [one.decode() if isinstance(one, bytes) else one for one in result.as_numpy("y")[0]]
    assert found == ["0.700000:1:second", "0.200000:2:third"]


def test_half_floats_and_every_integer(triton):
    kinds = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
    names = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64"]
    tensors = {f"in_{name.lower()}": (np.array([[1, 0]], dtype=kind), name) for kind, name in zip(kinds, names)}
    tensors["in_bytes"] = (np.array([["a", "b"]], dtype=np.object_), "BYTES")
    result = infer(triton, "echo", tensors)
    for kind, name in zip(kinds, names):
        got = result.as_numpy(f"out_{name.lower()}")
        assert got.dtype == np.dtype(kind)
        assert got.tolist() == np.array([[1, 0]], dtype=kind).tolist()


def test_compressed_request(server):
    client = triton_http.InferenceServerClient(server.address)
    one = triton_http.InferInput("text", [1, 1], "BYTES")
    one.set_data_from_numpy(np.array([["musk"]], dtype=np.object_))
    for algorithm in ("gzip", "deflate"):
        result = client.infer(
            "words",
            [one],
            headers=dict(server.headers),
            request_compression_algorithm=algorithm,
            response_compression_algorithm=algorithm,
        )
        assert result.as_numpy("same").tolist() == [[b"musk"]]
    client.close()


def test_own_model_as_tensors(triton):
    """The network behind /api/v1/predict, asked with tensors: chances between 0 and 1."""
    metadata = triton.metadata("olfactory-fast")
    (one,) = metadata["inputs"]
    width = int(one["shape"][1])
    result = infer(triton, "olfactory-fast", {one["name"]: (np.zeros((2, width), dtype=np.float32), "FP32")})
    chances = result.as_numpy("probabilities")
    assert chances.shape[0] == 2
    assert ((chances >= 0) & (chances <= 1)).all()


def test_errors_are_raised(triton):
    with pytest.raises(InferenceServerException, match='there is no model "nobody"'):
        triton.metadata("nobody")
    with pytest.raises(InferenceServerException, match="input text must be BYTES"):
        infer(triton, "words", {"text": (np.zeros((1, 1), dtype=np.float32), "FP32")})
    with pytest.raises(InferenceServerException, match="must have the shape"):
        infer(triton, "words", {"text": (np.array(["a"], dtype=np.object_), "BYTES")})
    with pytest.raises(InferenceServerException, match="no folder"):
        triton.client.load_model("nobody", **triton.auth)
    with pytest.raises(InferenceServerException, match="answers this API's own questions"):
        triton.client.unload_model("olfactory-base", **triton.auth)


def test_a_key_is_needed(triton):
    with pytest.raises(InferenceServerException, match="API key"):
        triton.client.get_model_metadata("words")
