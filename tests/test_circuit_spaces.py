"""The residual stream: blocks by name, selections as matrices, and what does not exist."""

from __future__ import annotations

import pytest
from sympy import Float, Symbol

from symcircuits.algebra import ExactMatrix, prove
from symcircuits.circuit import OneHot, Residual, Sinusoids
from symcircuits.errors import BadValue, UnknownName
from symcircuits.symbols import coordinate, m, n
from symcircuits.typeset.axes import Axis

POSITION = Sinusoids(2)
STREAM = Residual(content=2, position=POSITION, v=3)


def test_blocks_follow_one_another_in_the_order_given():
    assert STREAM.d_model == len(STREAM) == 9
    assert STREAM["content"].places == (0, 1) and STREAM["position"].places == (2, 3, 4, 5)
    assert STREAM["v"].places == (6, 7, 8) and STREAM["v"].labels == ("v_{0}", "v_{1}", "v_{2}")
    assert STREAM.blocks[0] == (r"\mathrm{cont}", 2) and sum(size for _, size in STREAM.blocks) == 9


def test_a_numbered_stream_calls_directions_by_their_number():
    stream = Residual.numbered(first=2, second=2)
    assert stream.labels == ("0", "1", "2", "3") and stream["second"].labels == ("2", "3")


def test_parts_of_directions_and_their_joins():
    v = STREAM["v"]
    assert v[1:].places == (7, 8) and v[0].places == (6,) and v[-1].labels == ("v_{2}",) and len(v[:2]) == 2
    joined = v[0] + STREAM["content"]
    assert joined.places == (6, 0, 1) and joined.name == "v, content"


def test_reading_selects_and_writing_is_its_transpose():
    read = STREAM.read("v", STREAM["content"][1])
    assert read.shape == (4, 9) and read.entries == {(0, 6): 1, (1, 7): 1, (2, 8): 1, (3, 1): 1}
    assert STREAM.write("v", STREAM["content"][1]) == read.T
    assert read.columns is STREAM and STREAM.write("v").rows is STREAM


@pytest.mark.parametrize("which", ["content", "position", POSITION, STREAM["v"], STREAM["v"][1]], ids=str)
def test_what_is_written_is_read_back(which):
    size = len(STREAM.select(which))
    assert STREAM.read(which) @ STREAM.write(which) == ExactMatrix.identity(size)
    projection = STREAM.write(which) @ STREAM.read(which)
    assert projection @ projection == projection and projection.rank() == size


def test_different_blocks_do_not_meet():
    assert (STREAM.read("v") @ STREAM.write("content")).entries == {}


def test_a_position_is_found_by_value_and_by_its_largest_pairs():
    assert STREAM.select(Sinusoids(1)).places == (2, 3)
    assert Residual(a=1, place=OneHot(3)).select(OneHot(3)).places == (1, 2, 3)
    assert STREAM.positions() == {"position": POSITION}


def test_a_token_holds_its_position_and_free_symbols():
    token = STREAM.at(n)
    assert prove(STREAM.read("position") @ token, POSITION.at(n))
    assert token[0, 0] == coordinate("content", 0, "n", r"\mathrm{cont}") and token[8, 0].name == "v_2^(n)"
    assert not token.free_symbols & (STREAM.at(m).free_symbols - POSITION.free_symbols - {n, m})
    assert STREAM.at(n) == STREAM.at(n)


def test_unit_columns_and_matrices_by_direction():
    assert STREAM.unit(STREAM["v"][0]).entries == {(6, 0): 1}
    moved = STREAM.matrix({(STREAM["v"][0], STREAM["content"][1]): Symbol("x")})
    assert moved.entries == {(6, 1): Symbol("x")} and moved.rows is STREAM is moved.columns


def test_streams_with_the_same_blocks_are_the_same_axis():
    again = Residual(content=2, position=Sinusoids(2), v=3)
    assert again == STREAM and hash(again) == hash(STREAM)
    assert Residual(content=3, position=POSITION, v=2) != STREAM
    assert isinstance(STREAM, Axis) and STREAM.strict


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: STREAM["cotent"], UnknownName, r"^unknown block of the residual stream 'cotent'; nearest: content"),
        (
            lambda: STREAM.read("w"),
            UnknownName,
            r"^unknown block of the residual stream 'w'; known: content, position, v$",
        ),
        (lambda: STREAM["v"][3], BadValue, r"^block v has directions 0 to 2, got 3$"),
        (lambda: STREAM["v"][-4], BadValue, r"^block v has directions 0 to 2, got -4$"),
        (lambda: STREAM.read(), BadValue, r"^expected at least one block or direction to read or write$"),
        (lambda: STREAM.read(OneHot(3)), BadValue, r"^the residual stream holds no position OneHot\(size=3\)$"),
        (lambda: STREAM.read(Sinusoids(3)), BadValue, r"^the residual stream holds no position"),
        (lambda: STREAM.unit(STREAM["v"]), BadValue, r"^expected a single direction, got 3 of v$"),
        (
            lambda: STREAM.matrix({(STREAM["v"], STREAM["v"][0]): 1}),
            BadValue,
            r"^expected a single direction, got 3 of v$",
        ),
        (
            lambda: STREAM.matrix({(STREAM["v"][1], STREAM["v"][0]): Float(1)}),
            BadValue,
            r"^expected an exact expression",
        ),
        (
            lambda: Residual(content=0),
            BadValue,
            r"^block content of the residual stream needs at least one direction, got 0$",
        ),
        (
            lambda: Residual(content=True),
            BadValue,
            r"^block content of the residual stream needs at least one direction",
        ),
        (
            lambda: STREAM.read(Residual(a=20)["a"][19]),
            BadValue,
            r"^the directions of a belong to another residual stream$",
        ),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_does_not_exist_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_directions_of_another_stream_are_refused():
    stranger = Residual(other=9)["other"][:2]
    with pytest.raises(BadValue, match=r"^the directions of other belong to another residual stream$"):
        STREAM.read(stranger)


def test_a_block_of_the_wrong_kind_is_refused():
    with pytest.raises(BadValue, match="block content of the residual stream"):
        Residual(content="2")
    with pytest.raises(BadValue, match="residual stream"):
        Residual()
