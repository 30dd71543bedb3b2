"""Exercise 5 of the exercises on self-attention: the cycle, with a ledger of everything that gets in its way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sympy import Expr, Integer, Rational, Symbol, cos, exp, log, pi, sin

from symcircuits import Head, OneHot, Residual, Sinusoids, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, below, column_of
from symcircuits.behaviours import FollowsWhenSharp
from symcircuits.rules.layout import Layout
from symcircuits.rules.sheets import EPS, defined, follows
from symcircuits.symbols import alpha, beta, lambda_, natural
from symcircuits.typeset.formulas import Name
from symcircuits.worked import LedgerRow, PatternFigure

RULE, BEGIN = "A -> B -> C -> D -> A", "BOS"
NAMES = tuple("ABCD")
NEXT = {name: (NAMES[(place + 1) % 4],) for place, name in enumerate(NAMES)}
FAR = 201
COPIES = {name: natural(f"n_{name}") for name in NAMES}
CONTEXT = ["B", "C", "A", "B", "A"]  # one D less, so that every count is another

Counts = Mapping[str, Expr]


@derivation("self_attention/cycle", title="Exercise 5: the cycle A, B, C, D, and what interferes")
def cycle(work: Work, n_ctx: int = 7) -> None:
    work.require(3 <= n_ctx <= 7, f"n_ctx must be from 3 to 7, got {n_ctx}")
    work.problem(
        "Write down $W_Q$, $W_K$, $W_V$ and $W_O$ of one head for the cycle $A \\to B \\to C \\to D \\to A$: after "
        "$A$ say $B$, and so on round. Four flags are now said by one mechanism. What else is said a little besides, "
        "does it go away as the attention gets sharper, and if not, what helps? Would four heads do better?"
    )
    work.say(
        "The current token is $A$ throughout; for the others the letters move on. Let $n_A$ be the number of keys that "
        "hold $A$, itself among them, and $n_B, n_C, n_D$ likewise; BOS is one key more where there is one, and "
        "moves nothing. Keys that hold the same token weigh the same, so the flags are a sum over the four tokens."
    )
    work.section("Without attention")
    direct(work)
    rows = [*one_head(work, n_ctx), *four_heads(work), *with_a_sink(work, n_ctx), *with_positions(work, n_ctx)]
    rows += [*on_a_circle(work), *tied(work)]
    work.section("The ledger")
    work.say(
        "Every flag but the wanted one, after $A$, in closed form; and what is left of it as $\\beta$ grows. What is "
        "left at or below zero does no harm: a flag is down there."
    )
    header = ("design", "flag", "closed form", "left", "to be rid of it")
    work.table("Everything that is said after $A$.", header, rows)
    work.say(
        "So what comes of attention to the wrong keys vanishes by itself, wherever some key is the right one to rest "
        "on. What does not vanish has another cause: a head that has nothing to look for and nowhere to rest, an "
        "output space with fewer directions than tokens, or one that already holds the token itself."
    )


def direct(work: Work) -> None:
    """No head is needed, and nothing interferes."""
    layout = Layout(NAMES, BEGIN)
    shift = {(NAMES.index(NEXT[name][0]), layout.token(name).places[0]): 1 for name in NAMES}
    size = len(layout.names)
    D = ExactMatrix.from_entries((size, layout.stream.d_model), shift)
    D = work.define("D", D.labelled(None, layout.stream), meaning="an unembedding that reads the token flags")
    W_E = work.define("W_E", layout.embedding())
    said = ExactMatrix.from_entries((size, size), {(NAMES.index(NEXT[one][0]), NAMES.index(one)): 1 for one in NAMES})
    work.equal((D @ W_E).labelled(None, None), said, because="each token says the next, and nothing else")
    work.say("From here on the rule is done by attention, as asked.")


def flags(model: Transformer, current: str, counts: Counts) -> dict[str, Expr]:
    """The logits after a context with so many keys of each token: sums over tokens, weighted by ``e`` to the score."""
    place = model.vocabulary.index(current)
    logits = {name: (model.W_U @ model.W_E).labelled(None, None)[row, place] for row, name in enumerate(NAMES)}
    for head in model.heads:
        scores = (model.W_E.T @ head.W_QK.expand() @ model.W_E * head.scale).labelled(None, None)
        moved = (model.W_U @ head.W_OV.expand() @ model.W_E).labelled(None, None)
        weights = [counts[name] * exp(scores[place, key]) for key, name in enumerate(model.vocabulary)]
        whole = sum(weights[1:], weights[0])
        for row, name in enumerate(NAMES):
            part = sum((moved[row, key] * weight for key, weight in enumerate(weights)), Integer(0))
            logits[name] = logits[name] + part / whole
    return logits


def flags_by_place(model: Transformer) -> dict[str, Expr]:
    """The same after A for a head that looks at its own one-hot place, so that all other keys have one score."""
    (head,), (before, here) = model.heads, model.stream["place"].places[:2]
    scores = head.W_QK.expand() * head.scale
    own, other = exp(scores[here, here]), exp(scores[here, before])
    moved = (model.W_U @ head.W_OV.expand() @ model.W_E).labelled(None, None)
    weights = [COPIES[name] * other + (own - other) * int(name == "A") for name in model.vocabulary]
    whole = sum(weights[1:], weights[0])
    return {
        name: sum((moved[row, key] * weight for key, weight in enumerate(weights)), Integer(0)) / whole
        for row, name in enumerate(model.vocabulary)
    }


def stated(
    work: Work, model: Transformer, closed: Mapping[str, Expr], begins: bool, mark: str, looks: bool = True
) -> dict[str, Expr]:
    """The flags after A for any counts, ``z`` with this mark, stated to be the closed forms, and checked on one
    context; the model ``looks`` at tokens, or at its own place."""
    begin = {BEGIN: Integer(1)} if begins else {}
    found = flags(model, "A", COPIES | begin) if looks else flags_by_place(model)
    wanted = column_of([closed[name] for name in NAMES])
    name = f"z^{mark}" if mark else "z"
    said = work.define(name, wanted, meaning="the flags of $A, B, C, D$")
    written = column_of([found[name] for name in NAMES])
    if written != said:
        work.equal(written, said, because="with the sums multiplied out")
    words = [*([BEGIN] if begins else []), *CONTEXT]
    last = model.logits(words)
    numbers: dict[Symbol, Expr] = {COPIES[name]: Integer(CONTEXT.count(name)) for name in NAMES}
    there = column_of([last[row, len(words) - 1] for row in range(4)])
    at_numbers = column_of([said[row, 0].xreplace(numbers) for row in range(4)])
    after = Name(rf"{name}(\text{{{' '.join(words)}}})")
    work.equal(there.named(after), at_numbers, because="key by key")
    return found


def asked(work: Work, model: Transformer, *wanted: Mapping[str, str]) -> None:
    """What each head looks for after each token: the score is 1 on the key that holds it, before the scale."""
    size = len(model.vocabulary)
    for number, (head, looks) in enumerate(zip(model.heads, wanted, strict=True)):
        scores = (model.W_E.T @ head.W_QK.expand() @ model.W_E).labelled(None, None)
        places = {(model.vocabulary.index(query), model.vocabulary.index(key)): 1 for query, key in looks.items()}
        because = (
            f"what the head for {NAMES[number]} looks for" if len(wanted) > 1 else "each token looks for its copies"
        )
        work.equal(scores, ExactMatrix.from_entries((size, size), places), because=because)


def alike(model: Transformer) -> Mapping[str, str]:
    """Each token looks for itself."""
    return {name: name for name in model.vocabulary}


def rows_of(
    design: str, found: Mapping[str, Expr], closed: Mapping[str, Expr], left: Mapping[str, Expr | int], remark: str
) -> list[LedgerRow]:
    """A row for each flag but that of B."""
    return [
        LedgerRow((design, f"${name}$"), found[name], closed[name], Integer(0) + left[name], beta, (remark,))
        for name in ("C", "D", "A")
    ]


def model_of(work: Work, layout: Layout, heads: Sequence[Head], mark: str) -> Transformer:
    """The model with the weights of its heads defined under marked names."""
    named = []
    for number, head in enumerate(heads):
        own = f"{mark}{NAMES[number]}" if len(heads) > 1 else mark
        named.append(defined(work, head, own))
    W_U = work.define(f"W_U^{mark}" if mark else "W_U", layout.unembedding())
    return Transformer((tuple(named),), W_E=layout.embedding(), W_U=W_U, vocabulary=layout.names, name="This model")


def claimed(work: Work, model: Transformer, n_ctx: int, least: Expr) -> None:
    """That the model follows the rules at a scale, and runs."""
    work.claim(follows(RULE, NAMES, n_ctx), of=model, at={beta: least}, n_ctx=n_ctx)
    work.experiment(follows(RULE, NAMES, n_ctx), of=model, n_ctx=n_ctx, beta=[least, 20])


def one_head(work: Work, n_ctx: int) -> list[LedgerRow]:
    """One head for the whole cycle: attend to what is like oneself, say the next."""
    work.section("One head")
    layout = Layout(NAMES, BEGIN)
    read = layout.stream.read("token")
    head = Head(read, read, *layout.values(NEXT), scale=beta)
    work.say("Queries and keys read the token, the values all four flags, and the output turns each into the next.")
    model = model_of(work, layout, [head], "")
    n, x = COPIES, exp(beta)
    whole = n["A"] * x + n["B"] + n["C"] + n["D"] + 1
    closed = {"A": n["D"] / whole, "B": n["A"] * x / whole, "C": n["B"] / whole, "D": n["C"] / whole}
    asked(work, model, alike(model))
    found = stated(work, model, closed, begins=True, mark="")
    least = log((n_ctx - 1) * (1 - EPS) / EPS)
    work.say("Each interfering flag is the share of a wrong token, and falls like $e^{-\\beta}$.")
    sharp = FollowsWhenSharp.short(follows(RULE, NAMES, n_ctx))
    work.asks("W_Q", "W_K", "W_V", "W_O", meets=sharp)
    work.claim(sharp, of=model)
    claimed(work, model, n_ctx, least)
    far = log((FAR - 1) * (1 - EPS) / EPS)
    work.experiment(follows(RULE, NAMES, FAR), of=model, n_ctx=FAR, seed=1, beta=[far])
    words = f"{BEGIN} {' '.join(CONTEXT)}"
    work.figure(PatternFigure.of_model(model, words, {beta: least}), "Each token attends to its copies so far.")
    return rows_of("one head", found, closed, dict.fromkeys(NAMES, 0), "sharper attention")


def four_heads(work: Work) -> list[LedgerRow]:
    """A head for each token, of which three have nothing to ask for."""
    work.section("Four heads, each for one token")
    work.say(
        "Now a head for each rule: it asks for its token where that is the current one, and for nothing elsewhere. "
        "Without BOS, and with nothing to ask for, a head weighs all keys alike, whatever $\\beta$ is:"
    )
    layout = Layout(NAMES)
    heads = []
    for name in NAMES:
        this = layout.stream.read(layout.token(name))
        heads.append(Head(this, this, *layout.values({name: NEXT[name]}), scale=beta))
    model = model_of(work, layout, heads, "f")
    n, x = COPIES, exp(beta)
    keys = n["A"] + n["B"] + n["C"] + n["D"]
    whole = n["A"] * x + n["B"] + n["C"] + n["D"]
    closed = {"A": n["D"] / keys, "B": n["A"] * x / whole, "C": n["B"] / keys, "D": n["C"] / keys}
    asked(work, model, *({name: name} for name in NAMES))
    found = stated(work, model, closed, begins=False, mark="f")
    work.say("The three heads that should be silent say how often their token came. No scale helps.")
    left = {name: closed[name] for name in NAMES}
    return rows_of("four heads", found, closed, left, "a key to rest on")


def with_a_sink(work: Work, n_ctx: int) -> list[LedgerRow]:
    """The four heads with BOS to rest on."""
    work.section("Four heads that rest on BOS")
    work.say("A head whose token is not the current one asks for BOS, which moves nothing:")
    layout = Layout(NAMES, BEGIN)
    stream = layout.stream
    begin = stream.read(layout.token(BEGIN)).labelled(None, stream)
    heads = []
    for name in NAMES:
        this = stream.read(layout.token(name)).labelled(None, stream)
        W_Q = below(this, layout.any_token - this).labelled(None, stream)
        W_K = below(this, begin).labelled(None, stream)
        heads.append(Head(W_Q, W_K, *layout.values({name: NEXT[name]}), scale=beta))
    model = model_of(work, layout, heads, "s")
    n, x = COPIES, exp(beta)
    rest = n["A"] + n["B"] + n["C"] + n["D"] + x
    whole = n["A"] * x + n["B"] + n["C"] + n["D"] + 1
    closed = {"A": n["D"] / rest, "B": n["A"] * x / whole, "C": n["B"] / rest, "D": n["C"] / rest}
    asked(work, model, *({one: one if one == name else BEGIN for one in layout.names} for name in NAMES))
    found = stated(work, model, closed, begins=True, mark="s")
    claimed(work, model, n_ctx, log((n_ctx - 1) * (1 - EPS) / EPS))
    return rows_of("four heads, BOS", found, closed, dict.fromkeys(NAMES, 0), "sharper attention")


def on_a_circle(work: Work) -> list[LedgerRow]:
    """Two directions for four flags."""
    work.section("Two directions to write to")
    work.say(
        "Let the head write on a circle: a quarter turn for each token, and the logit of a token is what points its "
        "way. Opposite tokens then speak against each other."
    )
    names = (*NAMES, BEGIN)
    stream = Residual(token=len(names), circle=2)
    waves = [[cos(pi * place / 2), sin(pi * place / 2)] for place in range(4)]
    W_O = ExactMatrix.from_entries(
        (stream.d_model, 4), {(5 + i, s): waves[(s + 1) % 4][i] for s in range(4) for i in range(2)}
    )
    W_U = ExactMatrix.from_rows([[*[0] * 5, *wave] for wave in waves] + [[0] * 7])
    read = stream.read("token")
    head = Head(
        W_Q=work.define("W_Q^c", read),
        W_K=work.define("W_K^c", read),
        W_V=work.define("W_V^c", stream.read(stream["token"][:4])),
        W_O=work.define("W_O^c", W_O.labelled(stream, None)),
        scale=beta,
    )
    W_U = work.define("W_U^c", W_U.labelled(None, stream))
    model = Transformer(((head,),), W_E=stream.write("token"), W_U=W_U, vocabulary=names, name="This model")
    n, x = COPIES, exp(beta)
    whole = n["A"] * x + n["B"] + n["C"] + n["D"] + 1
    closed = {
        "A": (n["D"] - n["B"]) / whole,
        "B": (n["A"] * x - n["C"]) / whole,
        "C": (n["B"] - n["D"]) / whole,
        "D": (n["C"] - n["A"] * x) / whole,
    }
    asked(work, model, alike(model))
    found = stated(work, model, closed, begins=True, mark="o")
    work.say(
        "With four tokens no harm is done: neighbours are at right angles, and what lies opposite is pushed down. In a "
        "longer cycle neighbours are not at right angles. With $N$ tokens, $2 \\pi / N$ apart, the flag of one that is "
        "$k$ steps from the wanted one is left at"
    )
    size, k, wanted = natural("N", "tokens of a cycle"), natural("k", "steps"), natural("j", "the wanted token")
    there, other = 2 * pi * wanted / size, 2 * pi * (wanted + k) / size
    work.equal(
        cos(there) * cos(other) + sin(there) * sin(other), cos(2 * pi * k / size), because="the angle between the two"
    )
    work.at_least(
        cos(2 * pi / size),
        Rational(3, 10),
        because="its neighbours' flag, far above a margin of 1/10",
        over=(size, range(5, 13)),
    )
    work.say("A larger $\\beta$ changes nothing in that; a direction for each token does, or a bias that lowers all.")
    left = {"A": 0, "C": 0, "D": -1}
    return rows_of("circle", found, closed, left, "more directions")


def tied(work: Work) -> list[LedgerRow]:
    """Flags that are said are the flags that are there."""
    work.section("A tied output space")
    work.say("Let there be no directions of their own for what is said: the unembedding is $W_E^{\\mathsf{T}}$.")
    names = (*NAMES, BEGIN)
    stream = Residual(token=len(names))
    W_E, read = stream.write("token"), stream.read("token")
    shift = ExactMatrix.from_entries((5, 4), {(NAMES.index(NEXT[one][0]), NAMES.index(one)): 1 for one in NAMES})
    back = ExactMatrix.from_entries((5, 4), {(i, i): -1 for i in range(4)})
    n, x = COPIES, exp(beta)
    whole = n["A"] * x + n["B"] + n["C"] + n["D"] + 1
    plain = {"A": 1 + n["D"] / whole, "B": n["A"] * x / whole, "C": n["B"] / whole, "D": n["C"] / whole}
    rows = []
    for mark, W_O, closed, left, design, remark in (
        ("t", shift, plain, {"A": 1, "C": 0, "D": 0}, "tied", "the head takes it off"),
        (
            "u",
            shift + back,
            {
                "A": 1 + (n["D"] - n["A"] * x) / whole,
                "B": (n["A"] * x - n["B"]) / whole,
                "C": (n["B"] - n["C"]) / whole,
                "D": (n["C"] - n["D"]) / whole,
            },
            {"A": 0, "C": 0, "D": 0},
            "tied, taken off",
            "sharper attention",
        ),
    ):
        head = Head(
            W_Q=work.define(f"W_Q^{mark}", read),
            W_K=work.define(f"W_K^{mark}", read),
            W_V=work.define(f"W_V^{mark}", stream.read(stream["token"][:4])),
            W_O=work.define(f"W_O^{mark}", W_O.labelled(stream, None)),
            scale=beta,
        )
        model = Transformer(((head,),), W_E=W_E, W_U=read.labelled(None, stream), vocabulary=names, name="This model")
        asked(work, model, alike(model))
        found = stated(work, model, closed, begins=True, mark=mark)
        rows += rows_of(design, found, closed, left, remark)
        if mark == "t":
            work.say(
                "The token that is there is said, as loudly as the one that comes: that is the direct path, and no "
                "attention takes it off. A head that also writes the token's own flag with a minus sign does:"
            )
    return rows


def places(n_ctx: int) -> OneHot:
    """One-hot places for the context, and for the one on which closed forms are checked."""
    return OneHot(max(n_ctx, len(CONTEXT) + 1))


def with_positions(work: Work, n_ctx: int) -> list[LedgerRow]:
    """Positions that no head reads, and heads that read nothing else."""
    work.section("With positions")
    reading_none(work, n_ctx)
    model, rows = by_place(work, n_ctx)
    by_angle(work, model, n_ctx)
    return rows


def reading_none(work: Work, n_ctx: int) -> None:
    """The one head beside positions that it does not read: nothing changes."""
    layout = Layout(NAMES, BEGIN, places(n_ctx), {"circle": Sinusoids(1)})
    stream, read = layout.stream, layout.stream.read("token")
    work.say(
        "All these heads read tokens alone. Put a one-hot place and a pair of sinusoids into the stream, and zeros in "
        "their columns:"
    )
    model = model_of(work, layout, [Head(read, read, *layout.values(NEXT), scale=beta)], "p")
    (head,), where = model.heads, stream.write("place", "circle").named(Name("P"))
    work.say("With $P$ for all directions of the two:")
    for weight, because in ((head.W_Q, "no query reads a place"), (head.W_K, "no key"), (head.W_V, "no value")):
        work.equal(weight @ where, ExactMatrix.zeros(weight.shape[0], where.shape[1]), because=because)
    work.equal(where.T @ head.W_O, ExactMatrix.zeros(where.shape[1], 4), because="and no output writes one")
    asked(work, model, alike(model))
    moved = (model.W_U @ head.W_OV.expand() @ model.W_E).labelled(None, None)
    following = {(NAMES.index(NEXT[name][0]), place): 1 for place, name in enumerate(NAMES)}
    work.equal(moved, ExactMatrix.from_entries(moved.shape, following), because="and each token moves the next")
    work.say("Nothing changes. The others read tokens alone as well, so the ledger holds beside positions too.")
    numbers = {alpha(0): 2 * pi / (n_ctx + 1), lambda_(0): Integer(1)}
    work.suggest(numbers)
    least = log((n_ctx - 1) * (1 - EPS) / EPS)
    work.claim(follows(RULE, NAMES, n_ctx), of=model, at=numbers | {beta: least}, n_ctx=n_ctx)
    work.experiment(follows(RULE, NAMES, n_ctx), of=model, n_ctx=n_ctx, beta=[least, 20])


def by_place(work: Work, n_ctx: int) -> tuple[Transformer, list[LedgerRow]]:
    """One head that looks at its own place, and needs no beginning to rest on; returns the model and its rows."""
    work.say(
        "What positions can do is give a head a key to rest on: its own. Let queries and keys read the place instead. "
        "A head for each token would then look at the current one, whatever it is, and be silent if it is another, "
        "without BOS. All four attend alike, so they are one head:"
    )
    layout = Layout(NAMES, "", places(n_ctx), {"circle": Sinusoids(1)})
    stream, read = layout.stream, layout.stream.read("place")
    model = model_of(work, layout, [Head(read, read, *layout.values(NEXT), scale=beta)], "h")
    (head,) = model.heads
    own = {(place, place): 1 for place in (stream["place"][i] for i in range(len(stream["place"])))}
    work.equal(head.W_QK, stream.matrix(own), because="each place looks for itself")
    parts = [W_O @ W_V for W_V, W_O in (layout.values({name: NEXT[name]}) for name in NAMES)]
    work.equal(head.W_OV, sum(parts[1:], parts[0]), because="what the four would move, added up")
    n, x = COPIES, exp(beta)
    whole = n["A"] + n["B"] + n["C"] + n["D"] - 1 + x
    closed = {"A": n["D"] / whole, "B": (n["A"] - 1 + x) / whole, "C": n["B"] / whole, "D": n["C"] / whole}
    found = stated(work, model, closed, begins=False, mark="h", looks=False)
    least = log((n_ctx - 1) * (1 - EPS) / EPS)
    rule = follows(RULE, NAMES, n_ctx, begin="")
    numbers = {alpha(0): 2 * pi / (n_ctx + 1), lambda_(0): Integer(1)}
    work.claim(rule, of=model, at=numbers | {beta: least}, n_ctx=n_ctx)
    work.experiment(rule, of=model, n_ctx=n_ctx, beta=[least, 20])
    return model, rows_of("own place", found, closed, dict.fromkeys(NAMES, 0), "sharper attention")


def by_angle(work: Work, model: Transformer, n_ctx: int) -> None:
    """The same model with a head that looks at itself by a pair of sinusoids."""
    angle = 2 * pi / (n_ctx + 1)
    work.say(
        f"A pair of sinusoids, $\\alpha_0 = 2 \\pi / {n_ctx + 1}$ and $\\lambda_0 = 1$, does it at a larger scale. The "
        "score of the key $k$ tokens back is not 0 but a cosine, so the gap is least to the neighbours, as in exercise "
        "1:"
    )
    place, (n, k) = Sinusoids(1), work.indices("n k")
    read = model.stream.read("circle")
    W_Q, W_K = work.define("W_Q^o", read), work.define("W_K^o", read)
    query, key = (weight @ model.stream.write("circle") for weight in (W_Q, W_K))
    score = ((query @ place.at(n)).T @ (key @ place.at(n - k))).scalar()
    work.equal(score, lambda_(0) ** 2 * cos(alpha(0) * k), because="angle addition")
    turning = replace(model, layers=((replace(model.heads[0], W_Q=W_Q, W_K=W_K),),))
    enough = log((n_ctx - 1) * (1 - EPS) / EPS) / (1 - cos(angle))
    rule, numbers = follows(RULE, NAMES, n_ctx, begin=""), {alpha(0): angle, lambda_(0): Integer(1)}
    work.claim(rule, of=turning, at=numbers | {beta: enough}, n_ctx=n_ctx)
    work.experiment(rule, of=turning, n_ctx=n_ctx, beta=[enough, 100])
