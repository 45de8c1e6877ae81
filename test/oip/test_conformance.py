"""The golden cases of conformance.yaml, asked of a server: `pytest test/oip/test_conformance.py`.

OIP_URL, OIP_GRPC and OIP_KEY name another server than the fleet that is started for it.
"""

import json
import struct
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import grpc
import numpy as np
import pytest
import yaml
from google.protobuf.json_format import MessageToDict, ParseDict
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import deserialize_bytes_tensor, triton_to_np_dtype

CASES = yaml.safe_load((Path(__file__).parent / "conformance.yaml").read_text())
WAYS = ["rest-json", "rest-binary", "grpc-typed", "grpc-raw"]
MEMBERS = {
    "BOOL": "bool_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}


def pack(tensor: dict) -> bytes:
    """The elements of a golden tensor as the protocol's bytes."""
    if tensor["datatype"] == "BYTES":
        texts = [text.encode() for text in tensor["values"]]
        return b"".join(struct.pack("<I", len(text)) + text for text in texts)
    return np.array(tensor["values"], dtype=triton_to_np_dtype(tensor["datatype"])).tobytes()


def unpack(datatype: str, data: bytes) -> list:
    if datatype == "BYTES":
        return [text.decode() for text in deserialize_bytes_tensor(data)]
    return np.frombuffer(data, dtype=triton_to_np_dtype(datatype)).tolist()


def http(server, method: str, path: str, body: bytes | None = None, headers: dict | None = None):
    """Status, headers and bytes of an answer."""
    request = Request(server.url + path, data=body, method=method, headers={**server.headers, **(headers or {})})
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.fixture(scope="module")
def stub(server):
    with grpc.insecure_channel(server.grpc) as channel:
        yield service_pb2_grpc.GRPCInferenceServiceStub(channel)


def infer_rest(server, case: dict, binary: bool) -> dict:
    """The answer, each output with its values; None where it is an error."""
    tensors, tail = [], b""
    for tensor in case["inputs"]:
        one = {key: tensor[key] for key in ("name", "datatype", "shape")}
        if binary:
            packed = pack(tensor)
            one["parameters"] = {"binary_data_size": len(packed)}
            tail += packed
        else:
            one["data"] = tensor["values"]
        tensors.append(one)
    asked = [{"name": name, "parameters": {"binary_data": binary}} for name in case.get("ask", [])]
    document = {"inputs": tensors, "outputs": asked, "parameters": {"binary_data_output": binary}}
    if "id" in case:
        document["id"] = case["id"]
    head = json.dumps(document).encode()
    headers = {"Content-Type": "application/octet-stream" if binary else "application/json"}
    if binary:
        headers["Inference-Header-Content-Length"] = str(len(head))
    version = f"/versions/{case['version']}" if "version" in case else ""
    status, answered, body = http(server, "POST", f"/v2/models/{case['model']}{version}/infer", head + tail, headers)
    if status != 200:
        assert 400 <= status < 500, (status, body)
        assert isinstance(json.loads(body)["error"], str)
        return None
    length = int(answered.get("Inference-Header-Content-Length", len(body)))
    answer, rest = json.loads(body[:length]), body[length:]
    for output in answer["outputs"]:
        size = output.get("parameters", {}).get("binary_data_size")
        assert (size is not None) == binary
        if size is None:
            output["values"] = np.array(output["data"]).reshape(-1).tolist() if output["datatype"] != "BYTES" else output["data"]
        else:
            output["values"], rest = unpack(output["datatype"], rest[:size]), rest[size:]
    assert rest == b""
    return answer


def infer_grpc(stub, server, case: dict, raw: bool) -> dict:
    request = service_pb2.ModelInferRequest(
        model_name=case["model"], model_version=case.get("version", ""), id=case.get("id", "")
    )
    for tensor in case["inputs"]:
        one = request.inputs.add(name=tensor["name"], datatype=tensor["datatype"], shape=tensor["shape"])
        if raw:
            request.raw_input_contents.append(pack(tensor))
        else:
            values = tensor["values"]
            member = getattr(one.contents, MEMBERS[tensor.get("like", tensor["datatype"])])
            member.extend([value.encode() for value in values] if tensor["datatype"] == "BYTES" else values)
    for name in case.get("ask", []):
        request.outputs.add(name=name)
    try:
        answer = stub.ModelInfer(request, metadata=list(server.headers.items()), timeout=30)
    except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND), error
        assert error.details()
        return None
    outputs = []
    for index, output in enumerate(answer.outputs):
        if answer.raw_output_contents:
            values = unpack(output.datatype, answer.raw_output_contents[index])
        else:
            values = list(getattr(output.contents, MEMBERS[output.datatype]))
            values = [value.decode() for value in values] if output.datatype == "BYTES" else values
        shape = list(output.shape)
        outputs.append({"name": output.name, "datatype": output.datatype, "shape": shape, "values": values})
    return {"model_name": answer.model_name, "model_version": answer.model_version, "id": answer.id, "outputs": outputs}


INFER = [(case, way) for case in CASES["infer"] for way in case.get("as", WAYS)]


@pytest.mark.parametrize(("case", "way"), INFER, ids=[f"{way}: {case['name']}" for case, way in INFER])
def test_infer(server, stub, case, way):
    if way.startswith("rest"):
        answer = infer_rest(server, case, binary=way == "rest-binary")
    else:
        answer = infer_grpc(stub, server, case, raw=way == "grpc-raw")
    if case.get("error"):
        assert answer is None
        return
    assert answer is not None, "an error was answered"
    assert answer["model_name"] == case["model"]
    version = case.get("version", case.get("answered_by"))
    assert version is None or answer["model_version"] == version
    assert answer.get("id", "") == case.get("id", "")
    assert [(o["name"], o["datatype"], o["shape"]) for o in answer["outputs"]] == [
        (o["name"], o["datatype"], o["shape"]) for o in case["outputs"]
    ]
    for got, golden in zip(answer["outputs"], case["outputs"], strict=True):
        if golden["datatype"] in ("FP32", "FP64", "FP16"):
            exact = np.array(golden["values"], dtype=triton_to_np_dtype(golden["datatype"])).tolist()
            assert got["values"] == exact
        else:
            assert got["values"] == golden["values"]


def contains(answer, golden) -> None:
    """Everything of `golden` is in `answer`; lists have the same length."""
    if isinstance(golden, dict):
        for key, value in golden.items():
            assert key in answer, f"{key} is missing"
            contains(answer[key], value)
    elif isinstance(golden, list):
        assert len(answer) == len(golden)
        for one, other in zip(answer, golden, strict=True):
            contains(one, other)
    else:
        assert answer == golden


@pytest.mark.parametrize("case", CASES["rest"], ids=[case["name"] for case in CASES["rest"]])
def test_rest(server, case):
    method, path = ("GET", case["get"]) if "get" in case else ("POST", case["post"])
    body = None if method == "GET" else json.dumps(case["json"]).encode() if "json" in case else case["body"].encode()
    headers = {"Content-Type": "application/json", **case.get("headers", {})}
    status, _, answered = http(server, method, path, body, headers)
    if case["status"] == "4xx":
        assert 400 <= status < 500, (status, answered)
        if case.get("form") != "any":
            assert isinstance(json.loads(answered)["error"], str)
        return
    assert status == case["status"], answered
    document = json.loads(answered) if answered else {}
    contains(document, case.get("answer", {}))
    for key in case.get("has", []):
        assert document[key]


@pytest.mark.parametrize("case", CASES["grpc"], ids=[case["name"] for case in CASES["grpc"]])
def test_grpc(server, stub, case):
    request = ParseDict(case["request"], getattr(service_pb2, f"{case['call']}Request")())
    call = getattr(stub, case["call"])
    if "code" in case:
        with pytest.raises(grpc.RpcError) as caught:
            call(request, metadata=list(server.headers.items()), timeout=30)
        assert caught.value.code().name == case["code"]
        return
    answer = MessageToDict(
        call(request, metadata=list(server.headers.items()), timeout=30), preserving_proto_field_name=True
    )
    contains(answer, case.get("answer", {}))
    for key in case.get("has", []):
        assert answer[key]
