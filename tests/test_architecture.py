"""Every import goes to a lower floor, none goes round in a circle, and the heavy ones wait until they are needed."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.once
ROOT = Path(__file__).parents[1]
PACKAGE = "symcircuits"
FLOORS = {
    **dict.fromkeys(("errors", "symbols", "engine", "formats"), 0),
    **dict.fromkeys(("exact", "typeset", "rounding"), 1),
    "algebra": 2,
    "circuit": 3,
    "behaviours": 4,
    "worked": 5,
    **dict.fromkeys(("rules", "export"), 6),
    **dict.fromkeys(("grading", "sweeps", "analysis"), 7),
    "": 8,  # the package itself, whose public names come from all rooms below
    "cli": 9,
    "__main__": 10,
}
OUTSIDE = {
    "errors": set(),
    "symbols": {"sympy"},
    "engine": {"numpy"},
    "formats": set(),
    "rounding": {"numpy"},
    "exact": {"sympy", "mpmath"},
    "typeset": {"sympy", "ziafont", "ziamath", "latexify"},
    "algebra": {"sympy", "mpmath", "flint"},
    "circuit": {"sympy", "numpy"},
    "behaviours": {"sympy", "numpy"},
    "rules": {"sympy", "numpy"},
    "worked": {"sympy", "numpy"},
    "export": {"sympy", "jinja2", "nbformat", "matplotlib", "numpy", "safetensors", "torch", "transformer_lens"},
    "grading": {"sympy", "numpy"},
    "sweeps": {"sympy", "numpy", "xarray", "zarr", "threadpoolctl", "numba", "h5netcdf", "pandas", "pyarrow"},
    "analysis": {"sympy", "numpy"},
    "cli": {"click", "rich", "xarray"},
    "": set(),
    "__main__": set(),
}
PUBLIC = {
    "Head": ("circuit", "type"),
    "Residual": ("circuit", "type"),
    "OneHot": ("circuit", "type"),
    "Sinusoids": ("circuit", "type"),
    "AttendsTo": ("behaviours", "type"),
    "Copies": ("behaviours", "type"),
    "derivation": ("worked", "function"),
    "derive": ("worked", "function"),
    "build": ("export", "function"),
    "check": ("grading", "function"),
    "sweep": ("sweeps", "function"),
    "analyse": ("analysis", "function"),
}


@dataclass(frozen=True)
class Import:
    """One import: where it stands, what it names, and whether it happens at run time."""

    module: str
    line: int
    target: str
    at_run_time: bool

    @property
    def place(self) -> str:
        return f"{self.module}:{self.line}"


def modules_of(root: Path) -> dict[str, Path]:
    """Every module below ``root``, by dotted name; a package bears the name of its folder."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def statements(node: ast.AST, at_run_time: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for part in child.body:
                yield part, False
                yield from statements(part, False)
        else:
            yield child, at_run_time
            yield from statements(child, at_run_time)


def names_in(node: ast.AST, module: str, is_package: bool) -> list[str]:
    """The dotted names that a statement imports; ``from a import b`` gives ``a.b``."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        above = module.split(".")[: len(module.split(".")) - node.level + is_package] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        return [f"{base}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
        return [part.value for part in node.args[:1] if isinstance(part, ast.Constant)]
    return []


def imports_of(root: Path) -> list[Import]:
    """Every import in the package, with ``from package import name`` resolved to the module that it needs."""
    modules, found = modules_of(root), []
    for module, path in modules.items():
        for node, at_run_time in statements(ast.parse(path.read_text("utf-8"))):
            for name in names_in(node, module, path.name == "__init__.py"):
                while name.startswith(f"{PACKAGE}.") and name not in modules:
                    name = name.rpartition(".")[0]
                found.append(Import(module, node.lineno, name, at_run_time))
    return found


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def inside(found: Import) -> bool:
    return found.target.split(".")[0] == PACKAGE


def wrong_directions(imports: list[Import]) -> list[str]:
    """The imports that go to the same floor or up, outside their own room."""
    complaints = []
    for found in filter(inside, imports):
        source, target = room_of(found.module), room_of(found.target)
        unknown = [room for room in (source, target) if room not in FLOORS]
        if unknown:
            complaints.append(f"{found.place} the room {unknown[0]} has no floor")
        elif source != target and FLOORS[target] >= FLOORS[source]:
            complaints.append(f"{found.place} goes up to {found.target}")
    return complaints


def strangers(imports: list[Import]) -> list[str]:
    """The imports from outside the package that the room has no business with."""
    own = set(sys.stdlib_module_names)
    return [
        f"{found.place} {room_of(found.module)} may not import {found.target}"
        for found in imports
        if not inside(found) and found.target.split(".")[0] not in own | OUTSIDE.get(room_of(found.module), set())
    ]


def circles(imports: list[Import]) -> list[str]:
    """The circles among run-time imports, each told once, from its first module on."""
    ways: dict[str, set[str]] = {}
    for found in filter(inside, imports):
        if found.at_run_time and found.target != found.module:
            ways.setdefault(found.module, set()).add(found.target)
    told = set()
    for start in ways:
        trail = way_back(start, ways)
        if trail and min(trail) == start:
            told.add(" -> ".join([*trail, start]))
    return sorted(told)


def way_back(start: str, ways: dict[str, set[str]]) -> list[str]:
    """A shortest trail from a module back to itself, or nothing."""
    trails, seen = [[start]], {start}
    for trail in trails:
        for target in sorted(ways.get(trail[-1], ())):
            if target == start:
                return trail
            if target not in seen:
                seen.add(target)
                trails.append([*trail, target])
    return []


def complaints_about(root: Path) -> list[str]:
    imports = imports_of(root)
    return wrong_directions(imports) + strangers(imports) + [f"circle: {circle}" for circle in circles(imports)]


def test_no_import_goes_up_round_or_astray():
    assert len(imports_of(ROOT)) > 50
    assert complaints_about(ROOT) == []


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in ({"__init__.py": ""} | files).items():
        path = folder / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


MADE_UP = {
    "up": ({"errors.py": "import symcircuits.symbols"}, "symcircuits.errors:1 goes up to symcircuits.symbols"),
    "up, from": (
        {"typeset/a.py": "\nfrom symcircuits.algebra import b", "algebra/b.py": ""},
        "symcircuits.typeset.a:2 goes up to symcircuits.algebra.b",
    ),
    "beside": (
        {"exact.py": "from symcircuits import typeset", "typeset/__init__.py": ""},
        "goes up to symcircuits.typeset",
    ),
    "public names": (
        {"circuit/a.py": "from symcircuits import Head"},
        "symcircuits.circuit.a:1 goes up to symcircuits",
    ),
    "in a function": (
        {"algebra/a.py": "def f():\n    from symcircuits.cli import main", "cli.py": "main = 1"},
        "symcircuits.algebra.a:2 goes up to symcircuits.cli",
    ),
    "relative": ({"algebra/a.py": "from ..export import b", "export/b.py": ""}, "symcircuits.algebra.a:1 goes up to"),
    "by name": (
        {"algebra/a.py": "import importlib\nimportlib.import_module('symcircuits.export')", "export/__init__.py": ""},
        "symcircuits.algebra.a:2 goes up to symcircuits.export",
    ),
    "for types, out of the room": (
        {
            "algebra/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import symcircuits.export.b",
            "export/b.py": "",
        },
        "symcircuits.algebra.a:3 goes up to symcircuits.export.b",
    ),
    "unknown room": ({"attic.py": "import symcircuits.errors"}, "the room attic has no floor"),
    "circle": (
        {"algebra/a.py": "from symcircuits.algebra.b import x", "algebra/b.py": "def f():\n    from . import a"},
        "circle: symcircuits.algebra.a -> symcircuits.algebra.b -> symcircuits.algebra.a",
    ),
    "circle through the room": (
        {
            "algebra/__init__.py": "from symcircuits.algebra.a import x",
            "algebra/a.py": "from symcircuits.algebra import y",
        },
        "circle: symcircuits.algebra -> symcircuits.algebra.a -> symcircuits.algebra",
    ),
    "sympy in the engine": (
        {"engine.py": "from sympy import pi"},
        "symcircuits.engine:1 engine may not import sympy.pi",
    ),
    "rich below": ({"worked/a.py": "import rich.table"}, "symcircuits.worked.a:1 worked may not import rich.table"),
}


@pytest.mark.parametrize("name", MADE_UP)
def test_the_checker_fires(name, tmp_path):
    files, complaint = MADE_UP[name]
    files = {"symbols.py": "", "errors.py": ""} | files
    assert [found for found in complaints_about(tree(tmp_path, files)) if complaint in found]


def test_the_checker_lets_pass_what_is_allowed(tmp_path):
    files = {
        "symbols.py": "from sympy import Symbol",
        "typeset/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from symcircuits.typeset.b import x",
        "typeset/b.py": "from symcircuits.typeset import a\nfrom symcircuits import symbols\nx = 1",
        "algebra/__init__.py": "from symcircuits.algebra.c import d",
        "algebra/c.py": "import json\nfrom symcircuits.typeset.b import x\nd = 1",
        "cli.py": "from symcircuits.algebra import d",
    }
    assert complaints_about(tree(tmp_path, files)) == []


def test_derivations_use_public_names_only():
    for path in (ROOT / "derivations").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            hidden = [part for name in names_in(node, "", False) for part in name.split(".") if part.startswith("_")]
            assert not set(hidden) - {"__future__"}, f"{path.name}:{node.lineno}"


def fresh(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


REPORT = f"""
import json, symcircuits
kinds = {{}}
for name in {list(PUBLIC)}:
    value = getattr(symcircuits, name)
    kinds[name] = [value.__module__.split(".")[1], "function" if type(value).__name__ == "function" else "type"]
    assert isinstance(value, type) or callable(value), name
print(json.dumps(kinds))
"""


def rooms() -> list[str]:
    return sorted({".".join(module.split(".")[:2]) for module in modules_of(ROOT)} - {PACKAGE, f"{PACKAGE}.__main__"})


def test_public_names_survive_the_import_of_every_module():
    every = sorted(set(modules_of(ROOT)) - {f"{PACKAGE}.__main__"})
    kinds = json.loads(fresh("\n".join(f"import {module}" for module in every) + REPORT))
    assert {name: tuple(kind) for name, kind in kinds.items()} == PUBLIC


@pytest.mark.parametrize("room", rooms())
def test_public_names_survive_the_import_of_each_room_alone(room):
    kinds = json.loads(fresh(f"import {room}" + REPORT))
    assert {name: tuple(kind) for name, kind in kinds.items()} == PUBLIC


@pytest.mark.parametrize("module", sorted(set(modules_of(ROOT)) - {f"{PACKAGE}.__main__"}))
def test_every_module_is_named_by_a_docstring(module):
    assert ast.get_docstring(ast.parse(modules_of(ROOT)[module].read_text("utf-8")))


HEAVY = (
    "sympy",
    "numpy",
    "mpmath",
    "matplotlib",
    "rich",
    "jinja2",
    "ziamath",
    "nbformat",
    "latexify",
    "xarray",
    "zarr",
)


@pytest.mark.parametrize(
    "code",
    [
        "import symcircuits",
        "import symcircuits; dir(symcircuits)",
        "import symcircuits.cli",
        "import symcircuits.cli\ntry: symcircuits.cli.main(['--help'])\nexcept SystemExit: pass",
        "import symcircuits.cli\ntry: symcircuits.cli.main(['build', '--help'])\nexcept SystemExit: pass",
        "import symcircuits.cli\ntry: symcircuits.cli.main(['--version'])\nexcept SystemExit: pass",
    ],
)
def test_light_things_stay_light(code):
    loaded = fresh(f"{code}\nimport sys\nprint([name for name in {HEAVY} if name in sys.modules])")
    assert loaded.splitlines()[-1] == "[]"
