"""How derivation files are found: the shipped ones and anybody's own, and what is told of those that cannot be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from symcircuits.errors import BadValue, DerivationFailed, UnknownName
from symcircuits.worked import collect, derivation, derive, run_experiments, shipped

HEADER = "from symcircuits import *\nfrom symcircuits.algebra import ExactMatrix\n"
GOOD = '''
@derivation("mine/good", title="A matrix")
def good(work, size: int = 2):
    """A matrix of a size."""
    W = work.define("W", ExactMatrix.identity(size))
    work.rank(W, size)
'''
USES_GOOD = """
@derivation("mine/uses", title="What the other defines")
def uses(work, size: int = 2):
    W = work.given("mine/good", size=size)["W"]
    work.equal(W @ W, ExactMatrix.identity(size))
"""


@pytest.fixture
def write(tmp_path):
    """Write a derivation file under a name and return its path as text."""

    def write(text, name="mine.py", header=HEADER):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(header + text, encoding="utf-8")
        return str(path)

    return write


def ids(collection):
    return [entry.id for entry in collection.entries]


def failure(target):
    """The one failure of a target that holds no entries, as text."""
    collection = collect([target])
    assert collection.entries == ()
    (failed,) = collection.failures
    assert isinstance(failed, DerivationFailed)
    assert "\n" not in str(failed)
    return str(failed)


def raised(collection, id):
    """What deriving raises, as one line."""
    with pytest.raises(DerivationFailed, match=f"^{id}") as caught:
        collection.derive(id)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Shipped derivations.


def test_without_targets_all_that_are_shipped_are_collected():
    assert collect() == shipped()
    assert {"framework/1a", "framework/2c"} <= set(ids(collect()))


def test_an_id_and_a_folder_of_ids():
    assert ids(collect(["framework/2c"])) == ["framework/2c"]
    assert ids(collect(["framework"])) == [id for id in ids(shipped()) if id.startswith("framework/")]
    assert ids(collect(["framework/"])) == ids(collect(["framework"]))


def test_targets_add_up_without_doubles():
    assert ids(collect(["framework/2c", "framework/1a", "framework/2c"])) == ["framework/2c", "framework/1a"]
    assert ids(collect(["framework/2c", "framework"]))[0] == "framework/2c"
    assert len(collect(["framework", "framework/2c"]).entries) == len(collect(["framework"]).entries)


def test_a_shipped_file_stands_for_all_in_it():
    file = shipped().find("framework/1a").file
    found = ids(collect([str(file)]))
    assert found == [entry.id for entry in shipped().entries if entry.file == file]


def test_entries_say_what_they_are():
    entry = shipped().find("framework/2c")
    assert (entry.title, entry.shipped, entry.file.suffix) == (
        "Exercise 2(c): attend to the previous token",
        True,
        ".py",
    )
    expected = {"stream_pairs": 4, "pairs": 2}
    assert [(p.name, p.kind, p.default) for p in entry.parameters] == [(name, int, d) for name, d in expected.items()]


@pytest.mark.parametrize("target", ["framework/2z", "framwork/2c", "framework/2", "frame"])
def test_an_unknown_id_is_told_with_the_nearest(target):
    with pytest.raises(UnknownName, match=f"^unknown derivation '{target}'; nearest: .*framework/") as caught:
        collect([target])
    assert "\n" not in str(caught.value)


def test_an_id_that_resembles_none_is_told_with_some():
    with pytest.raises(UnknownName, match=r"^unknown derivation '\?'; known: by_hand/attention, by_hand/beyond"):
        collect(["?"])
    with pytest.raises(UnknownName, match="unknown derivation 'framework/2z'; nearest: framework/"):
        derive("framework/2z")


def test_one_unknown_target_among_others_is_told():
    with pytest.raises(UnknownName, match="unknown derivation 'framework/9z'"):
        collect(["framework/2c", "framework/9z"])


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(BadValue, match=r"^expected a derivation file, got '.*none\.py', which does not exist$"):
        collect([str(tmp_path / "none.py")])


# Files of one's own.


def test_an_own_file_anywhere(write):
    path = write(GOOD)
    (entry,) = collect([path]).entries
    assert (entry.id, entry.title, entry.shipped, entry.file) == ("mine/good", "A matrix", False, Path(path).resolve())
    assert entry.derive(size=3).verdict == "proved"
    assert entry.derive(size=3).parameters == {"size": 3}
    assert entry.derive().source == str(Path(path).resolve())


def test_an_own_file_by_a_relative_path(write, monkeypatch):
    monkeypatch.chdir(Path(write(GOOD)).parent)
    assert ids(collect(["mine.py"])) == ["mine/good"]
    assert ids(collect(["./mine.py", "mine.py"])) == ["mine/good"]


def test_derive_takes_the_path_of_a_file(write):
    path = write(GOOD)
    assert derive("mine/good", source=path, size=4).definitions["W"].shape == (4, 4)
    with pytest.raises(UnknownName, match="unknown derivation 'mine/god'; nearest: mine/good"):
        derive("mine/god", source=path)
    with pytest.raises(DerivationFailed, match="no function marked"):
        derive("mine/good", source=write("", "empty.py"))


def test_a_folder_on_disk_with_the_folders_in_it(write, tmp_path):
    write(GOOD)
    write(USES_GOOD, "deeper/uses.py")
    write("raise RuntimeError('not for collecting')", "_helpers.py")
    found = collect([str(tmp_path)])
    assert ids(found) == ["mine/uses", "mine/good"]
    assert found.failures == ()


def test_functions_of_other_modules_are_not_collected(write):
    path = write("from pathlib import Path\n" + GOOD + "\nother = good\n")
    assert ids(collect([path]))[0] == "mine/good"
    imported = write(
        "from symcircuits.worked import shipped\nfirst_head = shipped().entries[0].function\n" + GOOD, "two.py"
    )
    assert ids(collect([imported])) == ["mine/good"]


def test_one_function_under_two_names_is_one_entry(write):
    assert ids(collect([write(GOOD + "\nagain = good\n")])) == ["mine/good"]


def test_a_file_may_use_its_own_name_and_dataclasses(write):
    path = write(
        "from dataclasses import dataclass\n\n@dataclass\nclass Size:\n    rows: int\n"
        + GOOD.replace("identity(size)", "identity(Size(size).rows)"),
        header="from __future__ import annotations\n" + HEADER,
    )
    assert collect([path]).derive("mine/good").verdict == "proved"


@pytest.mark.parametrize("id", ["part", "/part", "folder/", "fol der/part", ""])
def test_an_id_has_a_folder_and_a_part(id):
    with pytest.raises(BadValue, match="^expected an ID of the form folder/part, got "):
        derivation(id, title="A title")


# Files that cannot be loaded: a failure in one line, and the others go on.

BROKEN = {
    "a syntax error": ("def f(:\n", r"line 3: .*invalid"),
    "an indentation error": ("def f():\npass\n", r"line 4: expected an indented block"),
    "raising": ("def fail():\n    raise RuntimeError('two\\nlines')\n\nfail()\n", r"line 4: RuntimeError: two lines"),
    "an unknown module": ("import no_such_module_at_all\n", r"line 3: ModuleNotFoundError: No module named"),
    "leaving": ("raise SystemExit\n", r"line 3: SystemExit"),
    "leaving with a code": ("import sys\nsys.exit(3)\n", r"line 4: SystemExit: 3"),
    "nothing marked": ("def f(work):\n    pass\n", r"has no function marked with @derivation"),
    "an ID without a folder": ("@derivation('x', title='X')\ndef f(work):\n    pass\n", r"line 3: .*form folder/part"),
    "no default": (
        "@derivation('mine/x', title='X')\ndef f(work, size):\n    pass\n",
        r"parameter size of f needs a default",
    ),
    "a kind that no text gives": (
        "@derivation('mine/x', title='X')\ndef f(work, size: list = 3):\n    pass\n",
        r"parameter size of f must be an int",
    ),
    "an unknown annotation": (
        "@derivation('mine/x', title='X')\ndef f(work, size: 'Nothing' = 3):\n    pass\n",
        r"Nothing",
    ),
    "no work": ("@derivation('mine/x', title='X')\ndef f():\n    pass\n", r"\bf\b"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_cannot_be_loaded_is_a_failure(write, text, message):
    told = failure(write(text, "broken.py"))
    assert re.search(message, told), told
    assert "broken.py" in told


@pytest.mark.parametrize("text", [text for text, _ in BROKEN.values()], ids=BROKEN.keys())
def test_the_other_files_go_on(write, tmp_path, text):
    write(GOOD)
    write(text, "broken.py")
    write(USES_GOOD, "z.py")
    found = collect([str(tmp_path)])
    assert ids(found) == ["mine/good", "mine/uses"]
    assert len(found.failures) == 1
    assert found.derive("mine/uses").verdict == "proved"


def test_a_file_that_is_not_text_is_a_failure(tmp_path):
    for name, content in (("latin.py", b"x = '\xff\xfe'\n"), ("zero.py", b"x = 1\0\n")):
        path = tmp_path / name
        path.write_bytes(content)
        assert name in failure(str(path))
        assert "None" not in failure(str(path))


def test_a_file_of_another_kind_is_a_failure(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("notes")
    assert failure(str(path)).startswith("expected a Python file, got ")


# Functions that raise.

RAISING = """
import sys

@derivation("mine/raises", title="Raises")
def raises(work):
    inner()

def inner():
    raise KeyError("two\\nlines")

@derivation("mine/leaves", title="Leaves")
def leaves(work):
    sys.exit("enough")

@derivation("mine/says-nothing", title="Raises without a word")
def silent(work):
    raise ValueError

@derivation("mine/refuses", title="Refuses")
def refuses(work, size: int = 2):
    work.require(size > 2, f"size must be more than 2, got {size}")

@derivation("mine/lines", title="Refuses in two lines")
def lines(work):
    work.require(False, "one line\\nand another")

@derivation("mine/shapes", title="Shapes that do not fit")
def shapes(work):
    A = work.define("A", ExactMatrix.identity(2))
    B = work.define("B", ExactMatrix.identity(3))
    work.define("C", A @ B)

@derivation("mine/deep", title="Never ends")
def deep(work):
    deep(work)

@derivation("mine/misspelt", title="Another's parameter")
def misspelt(work):
    work.given("framework/1a", d_modle=8)

@derivation("mine/unknown", title="Builds on nothing")
def unknown(work):
    work.given("framework/1z")

@derivation("mine/inside", title="Builds on what raises")
def inside(work):
    work.given("mine/raises")
"""


@pytest.mark.parametrize(
    ("id", "message"),
    [
        ("mine/raises", r"mine/raises raised KeyError: .*two.*lines.* \(mine.py, line 11\)"),
        ("mine/leaves", r"mine/leaves raised SystemExit: enough \(mine.py, line 15\)"),
        ("mine/says-nothing", r"mine/says-nothing raised ValueError \(mine.py, line 19\)"),
        ("mine/refuses", r"mine/refuses: size must be more than 2, got 2"),
        ("mine/lines", r"mine/lines: one line and another"),
        ("mine/shapes", r"mine/shapes: cannot multiply A \(2 by 2\) by B \(3 by 3\): 2 columns, 3 rows"),
        ("mine/deep", r"mine/deep raised RecursionError: maximum recursion depth exceeded.* \(mine.py, line 37\)"),
        ("mine/misspelt", r"mine/misspelt: unknown parameter of framework/1a 'd_modle'; nearest: d_model, d_head"),
        ("mine/unknown", r"mine/unknown: unknown derivation 'framework/1z'; nearest: framework/"),
        ("mine/inside", r"mine/inside: mine/raises raised KeyError: .* \(mine.py, line 11\)"),
    ],
)
def test_a_derivation_that_raises_is_told_in_one_line(write, id, message):
    told = raised(collect([write(RAISING)]), id)
    assert re.search(message, told), told


def test_an_entry_raises_alike(write):
    (entry,) = [entry for entry in collect([write(RAISING)]).entries if entry.id == "mine/leaves"]
    with pytest.raises(DerivationFailed, match="^mine/leaves raised SystemExit: enough"):
        entry.derive()


def test_an_unknown_parameter_is_told_with_the_nearest(write):
    with pytest.raises(UnknownName, match="unknown parameter of framework/2c 'pair'; nearest: pairs"):
        derive("framework/2c", pair=1)
    with pytest.raises(UnknownName, match="unknown parameter of mine/good 'sise'; nearest: size"):
        collect([write(GOOD)]).derive("mine/good", sise=1)


@pytest.mark.parametrize(
    ("id", "settings", "message"),
    [
        ("framework/2c", {"pairs": 0}, "^framework/2c: expected 1 to 4 of the 4 frequency pairs, got 0$"),
        ("framework/2c", {"stream_pairs": 0}, "^framework/2c: expected at least one frequency pair, got 0$"),
        ("framework/2a", {"d_head": 9}, "^framework/2a: expected to read 1 to 8 content directions, got 9$"),
        ("framework/2b", {"pairs": 5}, "^framework/2b: expected 1 to 4 of the 4 frequency pairs, got 5$"),
        ("framework/2d", {"read": 0}, "^framework/2d: expected to read 1 to 8 content directions, got 0$"),
        ("framework/2d", {"n_ctx": 2}, "^framework/2d: n_ctx must be at least 3, so that a copy meets another"),
        ("framework/q4", {"d_head": 3}, "^framework/q4: d_head must be less than d_model = 3, got 3$"),
        ("framework/q4", {"d_head": 1}, "^framework/q4: d_head must be at least 2, got 1$"),
        ("framework/q5", {"d_model": 10}, "^framework/q5: d_model must be at most 9, got 10$"),
        ("framework/q5", {"n_ctx": 0}, "^framework/q5: n_ctx must be at least 1, got 0$"),
        ("framework/1a", {"d_head": 0}, "^framework/1a: d_head must be at least 1, got 0$"),
        ("framework/1a", {"d_model": 11}, "^framework/1a: d_model must be at least 3 d_head = 12, got 11$"),
        ("framework/1b", {"d_model": 14}, "^framework/1b: d_model must be at least 4 d_head - two_back = 15, got 14$"),
        ("framework/1c", {"two_back": 0}, "^framework/1c: two_back must be from 1 to d_head = 4, got 0$"),
        ("framework/1d", {"two_back": 5}, "^framework/1d: two_back must be from 1 to d_head = 4, got 5$"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(id, settings, message):
    with pytest.raises(DerivationFailed, match=message):
        derive(id, **settings)


@pytest.mark.parametrize(
    ("id", "settings"),
    [
        ("framework/q4", {"d_model": 5, "d_head": 3}),
        ("framework/q5", {"d_model": 4, "d_head": 3, "n_ctx": 2}),
        ("framework/2a", {"content": 12, "d_head": 7, "stream_pairs": 1}),
        ("framework/2a", {"content": 1, "d_head": 1}),
        ("framework/2b", {"pairs": 4}),
        ("framework/2d", {"content": 5, "read": 5, "pairs": 3, "stream_pairs": 3, "n_ctx": 20}),
        ("framework/2d", {"read": 2, "pairs": 1, "n_ctx": 128}),
    ],
)
def test_variants_are_proved_and_pass_their_experiments(id, settings):
    assert run_experiments(derive(id, **settings)).verdict == "proved"


def test_a_refuted_statement_in_an_own_file_is_a_verdict_not_a_failure(write):
    found = collect([write(GOOD.replace("work.rank(W, size)", "work.rank(W, size + 1)"))])
    assert found.derive("mine/good").verdict == "refuted"


# What one derivation gives to another.


def test_given_returns_the_definitions_of_another():
    derivation = derive("framework/1b", d_model=8, d_head=2)
    assert derivation.verdict == "proved"
    assert "W_V^1" not in derivation.definitions
    assert {"W_V^1", "W_O^1"} <= set(derive("framework/1a").definitions)


def test_given_takes_the_parameters_that_are_asked_for(write):
    text = GOOD + USES_GOOD
    assert collect([write(text)]).derive("mine/uses", size=3).verdict == "proved"
    refuted = text.replace("size=size", "size=2")
    with pytest.raises(DerivationFailed, match="^mine/uses: the sides of an equality have different shapes"):
        collect([write(refuted)]).derive("mine/uses", size=3)


def test_given_works_across_the_files_of_a_target(write, tmp_path):
    files = [write(GOOD, "one.py"), write(USES_GOOD, "two.py")]
    assert collect(files).derive("mine/uses").verdict == "proved"
    assert collect([str(tmp_path)]).derive("mine/uses").verdict == "proved"


def test_an_entry_sees_the_other_files_of_its_target(write, tmp_path):
    write(GOOD, "one.py")
    write(USES_GOOD, "two.py")
    (entry,) = [entry for entry in collect([str(tmp_path)]).entries if entry.id == "mine/uses"]
    assert entry.derive().verdict == "proved"


def test_an_entry_sees_its_own_file_and_what_is_shipped(write):
    shipped_use = USES_GOOD.replace("mine/uses", "mine/shipped").replace(
        'work.given("mine/good", size=size)["W"]', 'work.given("framework/1a")["W_V^1"]'
    )
    shipped_use = shipped_use.replace("def uses", "def of_shipped").replace("W @ W,", "W @ W.T,").replace("= 2", "= 4")
    for entry in collect([write(GOOD + USES_GOOD + shipped_use)]).entries:
        assert entry.derive().verdict == "proved"


def test_what_is_given_is_derived_once_more_each_time(write):
    found = collect([write(GOOD + USES_GOOD)])
    first, second = found.derive("mine/uses"), found.derive("mine/uses")
    assert [step.verdict for step in first.statements] == [step.verdict for step in second.statements]


CIRCLE = """
@derivation("mine/{here}", title="One of a circle")
def {here}(work):
    work.given("mine/{there}")
"""


def test_two_files_that_build_on_each_other_are_refused(write):
    files = [write(CIRCLE.format(here=here, there=there), f"{here}.py") for here, there in (("a", "b"), ("b", "a"))]
    told = raised(collect(files), "mine/a")
    assert told.endswith("derivations build on each other in a circle: mine/a -> mine/b -> mine/a")


def test_circles_in_one_file_are_refused(write):
    links = (("a", "b"), ("b", "c"), ("c", "a"), ("itself", "itself"), ("before", "a"))
    found = collect([write("".join(CIRCLE.format(here=here, there=there) for here, there in links))])
    assert raised(found, "mine/itself").endswith("in a circle: mine/itself -> mine/itself")
    assert raised(found, "mine/b").endswith("in a circle: mine/b -> mine/c -> mine/a -> mine/b")
    assert "mine/a -> mine/b -> mine/c -> mine/a" in raised(found, "mine/before")


# The same ID twice.


def test_one_id_in_two_files_is_refused(write, tmp_path):
    files = [write(GOOD, "one.py"), write(GOOD, "two.py")]
    with pytest.raises(BadValue, match=r"^mine/good is in two files: .*one\.py and .*two\.py$"):
        collect(files)
    with pytest.raises(BadValue, match="^mine/good is in two files: "):
        collect([str(tmp_path)])


def test_one_id_twice_in_a_file_is_refused(write):
    path = write(GOOD + GOOD.replace("def good", "def better"))
    with pytest.raises(BadValue, match="mine/good"):
        collect([path])


OWN_1A = """
@derivation("framework/1a", title="Mine")
def mine(work, d_model: int = 16, d_head: int = 4):
    stream = Residual.numbered(first=d_head, more=d_head, passed=d_head, last=d_head)
    work.define("W_V^1", stream.read("first"))
    W_O = work.define("W_O^1", stream.write("passed") * {scale})
    work.rank(W_O, d_head)
"""


def test_an_own_file_with_a_shipped_id_goes_first_where_it_is_named(write):
    own = collect([write(OWN_1A.format(scale=2))])
    assert own.find("framework/1a").title == "Mine"
    assert own.derive("framework/1a").title == "Mine"
    assert own.find("framework/2c").shipped
    assert shipped().derive("framework/1a").title != "Mine"
    assert derive("framework/1a").title != "Mine"


def test_given_sees_the_own_file_first(write):
    right, wrong = (collect([write(OWN_1A.format(scale=scale), f"{scale}.py")]) for scale in (1, 2))
    assert right.derive("framework/1b").verdict == "proved"
    assert wrong.derive("framework/1b").verdict == "refuted"
    assert derive("framework/1b").verdict == "proved"


def test_an_own_file_and_the_shipped_one_of_the_same_id_are_told_apart(write):
    path = write(OWN_1A.format(scale=1))
    with pytest.raises(BadValue, match=r"^framework/1a is in two files: .*exercise_1\.py and .*mine\.py$"):
        collect(["framework/1a", path])
    assert run_experiments(collect([path]).derive("framework/1a")).verdict == "proved"
