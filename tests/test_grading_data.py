"""Submissions of data: the same answer in every form gets the same verdict; what is no data is refused in one line."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from symcircuits.errors import BadValue
from symcircuits.grading.check import check
from symcircuits.grading.grade import grade_text
from symcircuits.grading.submitted.submission import read_file

READS = np.zeros((4, 16))
WRITES = np.zeros((16, 4))
READS[range(4), range(4)] = WRITES[range(8, 12), range(4)] = 1
TOO_FEW = READS[:3]
STACK = [r"u^{\cos}_0", r"u^{\sin}_0", r"u^{\cos}_1", r"u^{\sin}_1"]


def tensors(matrices: dict[str, np.ndarray], **said: str) -> bytes:
    """A file of tensors as its own library writes it."""
    kinds = {"f8": "F64", "f4": "F32", "f2": "F16", "i8": "I64", "b1": "BOOL"}
    header: dict[str, object] = {"__metadata__": said} if said else {}
    body = b""
    for name, matrix in matrices.items():
        packed = np.ascontiguousarray(matrix).tobytes()
        place = [len(body), len(body) + len(packed)]
        header[name] = {"dtype": kinds[matrix.dtype.str[1:]], "shape": list(matrix.shape), "data_offsets": place}
        body += packed
    described = json.dumps(header).encode()
    return len(described).to_bytes(8, "little") + described + body


def csv_of(matrix: np.ndarray) -> str:
    return "\n".join(", ".join(f"{cell:g}" for cell in row) for row in matrix)


def written(folder: Path, kind: str, reads: np.ndarray, dtype: str = "f4") -> Path:
    """The first head of exercise 1 as a file of a kind."""
    file = folder / f"answer{kind}"
    named = {"W_V^1": reads.astype(dtype), "W_O^1": WRITES.astype(dtype)}
    if kind == ".json":
        data = {"exercise": "framework/1a"} | {name: matrix.tolist() for name, matrix in named.items()}
        file.write_text(json.dumps(data))
    elif kind == ".csv":
        parts = [f"# {name}\n{csv_of(matrix)}" for name, matrix in named.items()]
        file.write_text("# exercise: framework/1a\n" + "\n\n".join(parts))
    elif kind == ".npz":
        np.savez_compressed(file, exercise=np.array("framework/1a"), **named)
    else:
        file.write_bytes(tensors(named, exercise="framework/1a"))
    return file


@pytest.mark.parametrize("kind", [".json", ".csv", ".npz", ".safetensors"])
def test_weights_are_judged_whatever_file_they_are_in(kind, tmp_path):
    right = grade_text(read_file(written(tmp_path, kind, READS)))
    assert (right.verdict, right.exercise) == ("right", "framework/1a")
    assert grade_text(read_file(written(tmp_path, kind, -READS))).verdict == "wrong"
    assert grade_text(read_file(written(tmp_path, kind, TOO_FEW))).specification[0].note == "shape"


def test_a_file_of_data_is_graded_in_a_process_of_its_own(tmp_path):
    assert check(written(tmp_path, ".npz", READS)).verdict == "right"


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "?"])
@pytest.mark.parametrize("kind", [".npz", ".safetensors"])
def test_every_type_of_number_is_read(kind, dtype, tmp_path):
    assert grade_text(read_file(written(tmp_path, kind, READS, dtype))).verdict == "right"


def test_half_precision_of_brains_is_read(tmp_path):
    file = tmp_path / "half.safetensors"
    header = json.dumps({"M": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [0, 4]}}).encode()
    file.write_bytes(len(header).to_bytes(8, "little") + header + np.array([0x3F80, 0xBF00], "<u2").tobytes())
    assert read_file(file) == "$$M = \\begin{pmatrix}\n1 & -0.5\n\\end{pmatrix}$$\n"


def test_flags_are_directions_in_a_file_of_data_too(tmp_path):
    """Each word of a flag is text, which a formula may not hold otherwise."""
    tokens = [rf"\text{{is}}_{name}" for name in "ABCD"]
    answer: dict[str, object] = {"exercise": "self_attention/current", "W_Q": tokens, "W_K": tokens}
    for value, verdict in ((r"\text{is}_A^T", "right"), (r"\text{is}_B^T", "wrong")):
        file = tmp_path / "answer.json"
        file.write_text(json.dumps(answer | {"W_V": value, "W_O": r"\text{say}_B"}))
        assert grade_text(read_file(file)).verdict == verdict
    file.write_text(json.dumps(answer | {"W_V": [[r"\text{a $1$}"]], "W_O": r"\text{say}_B"}))
    with pytest.raises(BadValue, match="expected a number or a formula in a cell"):
        read_file(file)


def test_cells_and_whole_matrices_may_be_formulas(tmp_path):
    file = tmp_path / "stack.json"
    turned = r"\begin{pmatrix} \cos\alpha_0 & -\sin\alpha_0 \\ \sin\alpha_0 & \cos\alpha_0 \end{pmatrix}"
    answer = {"exercise": "framework/2b", "declare": {"c": "positive"}, "R": turned}
    file.write_text(json.dumps(answer | {"W_Q": STACK, "W_K": "c W_Q"}))
    assert grade_text(read_file(file)).verdict == "right"
    file.write_text(json.dumps(answer | {"W_Q": STACK, "W_K": "-c W_Q"}))
    assert grade_text(read_file(file)).specification[0].note == "sign"
    (tmp_path / "W_Q.csv").write_text('# exercise: framework/2b\n"\\cos(\\alpha_0) u^{\\cos}_0"\n')
    assert [one.verdict for one in grade_text(read_file(tmp_path / "W_Q.csv")).statements] == ["unreadable"]


def test_decimals_are_exact_and_exponents_are_written_out(tmp_path):
    (tmp_path / "x.json").write_text('{"M": [[0.1, 1e-3, -25E+1, 1.50]], "W_net^2": 2, "\\\\tilde W_V^1": [["1/2"]]}')
    assert read_file(tmp_path / "x.json").splitlines() == [
        r"$$M = \begin{pmatrix}",
        "0.1 & 0.001 & -250 & 1.5",
        r"\end{pmatrix}$$",
        "$$W_{net}^{2} = 2$$",
        r"$$\tilde{W}_{V}^{1} = \begin{pmatrix}",
        "1/2",
        r"\end{pmatrix}$$",
    ]


def npz(**arrays: np.ndarray) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    return packed.getvalue()


def archive(name: str, content: bytes, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", how) as made:
        made.writestr(name, content)
    return packed.getvalue()


def header(entry: object, body: bytes = b"") -> bytes:
    described = json.dumps({"M": entry}).encode()
    return len(described).to_bytes(8, "little") + described + body


HUGE = b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little")
HUGE += b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000, 100000), }".ljust(117) + b"\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.json", b"[1]", "expected an object of matrices by name"),
        ("x.json", b"{", "is no JSON"),
        ("x.json", b"[" * 100_000, "is no JSON"),
        ("x.json", b"{}", "no matrix was found"),
        ("x.json", b"\xff", "is no text in UTF-8"),
        ("x.json", b'{"M": [[NaN]], "N": 1}', "expected a number, got 'NaN'"),
        ("x.json", b'{"M": [[1]], "M": [[2]]}', "a name occurs twice"),
        ("x.json", b'{"M": [[1, 2], [3]]}', "row 2 of M has 1 entries, row 1 has 2"),
        ("x.json", b'{"M": [1, 2]}', "a single row is written"),
        ("x.json", b'{"M": [[null]]}', "expected numbers or formulas in M"),
        ("x.json", b'{"M": [["1 & 2"]]}', "expected a number or a formula in a cell"),
        ("x.json", b'{"M": [["1 \\\\\\\\ 2"]]}', "expected a number or a formula in a cell"),
        ("x.json", b'{"M": [["1$$ $$x = 1"]]}', "expected a number or a formula in a cell"),
        ("x.json", b'{"M": "1$$ $$x = 1"}', "expected a formula for M"),
        ("x.json", b'{"M": [[1e999999999]]}', "too many digits"),
        ("x.json", b'{"M": [[' + b"1" * 5000 + b"]]}", "too many digits"),
        ("x.json", b'{"a b": [[1]]}', "expected a name such as W_Q"),
        ("x.json", b'{"M$$": [[1]]}', "expected a name such as W_Q"),
        ("x.json", b'{"exercise": ["a"], "M": [[1]]}', "expected text for exercise"),
        ("x.json", b'{"exercise": "a\\n---", "M": [[1]]}', "expected one line"),
        ("x.json", b" " * 4_100_000, "more than 4000000"),
        ("x.csv", b"# W_Q\n1,2\n3\n", "row 2 of W_Q has 1 entries"),
        ("x.csv", b"# W_Q\n1\n# W_Q\n2\n", "line 3 of x.csv: W_Q is written twice"),
        ("x.csv", b'# W_Q\n"1\n', "line 2 of x.csv"),
        ("x.csv", b"", "no matrix was found"),
        ("x.csv", b",".join([b"1"] * 300), "expected at most 4096 entries"),
        ("x.npz", npz(M=np.array([[{}]], dtype=object)), "Object arrays cannot be|expected numbers or texts"),
        ("x.npz", npz(M=np.array([[1j]])), "expected numbers or texts"),
        ("x.npz", npz(M=np.array([[np.inf]])), "a number that is not finite"),
        ("x.npz", npz(M=np.array([1.0])), "expected a matrix of at most"),
        ("x.npz", npz(M=np.ones((100, 100))), "expected a matrix of at most"),
        ("x.npz", npz(**{f"M_{i}": np.ones((1, 1)) for i in range(70)}), "unpacks to more than 64 arrays"),
        ("x.npz", archive("M.npy", HUGE), "expected a matrix of at most"),
        ("x.npz", archive("M.npy", b"cos\nsystem\n(S'touch pwned'\ntR."), "is no array"),
        ("x.npz", archive("M.npy", b"\x80\x04cos\nsystem\n"), "is no array"),
        ("x.npz", archive("M.npy", b"x", zipfile.ZIP_LZMA), "packed in a way that is not read"),
        ("x.npz", archive("M.npy", b"0" * 50_000_000), "unpacks to more than"),
        ("x.npz", archive("M.npy", b"x" * 100)[:60], "cannot be unpacked"),
        ("x.safetensors", b"", "its header would have"),
        ("x.safetensors", b"\xff" * 100, "its header would have"),
        ("x.safetensors", (5).to_bytes(8, "little") + b"[[[[[", "its header is no JSON"),
        ("x.safetensors", (2).to_bytes(8, "little") + b"[]", "expected at most"),
        ("x.safetensors", header({"dtype": "F99", "shape": [1, 1], "data_offsets": [0, 8]}), "that are read"),
        ("x.safetensors", header({"dtype": "F64", "shape": [1, 1], "data_offsets": [0, 8]}), "do not fill"),
        ("x.safetensors", header({"dtype": "F64", "shape": [-1, 1], "data_offsets": [0, 8]}), "that are read"),
        ("x.safetensors", header({"dtype": "F64", "shape": [10**6, 10**6], "data_offsets": [0, 8]}), "too large"),
        ("x.safetensors", header({"dtype": "F64", "shape": [1, 1], "data_offsets": [8, 0]}, b"0" * 8), "do not fill"),
        ("x.safetensors", header("x"), "expected a type, a shape and a place"),
    ],
    ids=lambda value: "bytes" if isinstance(value, bytes) else None,  # a zip file holds the time of day
)  # fmt: skip
def test_what_is_no_data_is_refused_in_one_line(name, content, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadValue, match=message) as refused:
        read_file(tmp_path / name)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "pwned").exists()
