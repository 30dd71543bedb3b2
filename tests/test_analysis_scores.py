"""Every score of the analysis against a dense computation in plain NumPy, or against the engine head by head."""

from __future__ import annotations

import numpy as np
import pytest
from analysis_models import changed, engine_model, random_weights
from hypothesis import given, settings
from hypothesis import strategies as st

from symcircuits import analyse
from symcircuits.analysis import trigrams
from symcircuits.analysis.composition import compositions
from symcircuits.analysis.importance import orders
from symcircuits.analysis.patterns import offsets, repeated
from symcircuits.analysis.running import embedded, layers_of, loss, passes
from symcircuits.analysis.together import together
from symcircuits.analysis.trigrams import skip_trigrams
from symcircuits.analysis.virtual import virtual_heads
from symcircuits.engine import attention_pattern, embed, forward, head_output, logits, scores, streams

pytestmark = pytest.mark.once

ROTARY = {"positional_embedding_type": "rotary", "rotary_angles": [0.7], "n_ctx": 11}
KINDS = [
    {},
    {"attention_dir": "bidirectional"},
    {"positional_embedding_type": "none"},
    {**ROTARY, "rotary_adjacent_pairs": True},
    {**ROTARY, "rotary_adjacent_pairs": False},
]


def block(weights, layer, name, head):
    return weights.parameters[f"blocks.{layer}.attn.{name}"][head]


def dense(weights, layer, head):
    """W_QK and W_OV multiplied out, for rows; the scale in W_QK."""
    W_Q, W_K, W_V, W_O = (block(weights, layer, name, head) for name in ("W_Q", "W_K", "W_V", "W_O"))
    return W_Q @ W_K.T / weights.config["attn_scale"], W_V @ W_O


def copying(matrix):
    values = np.linalg.eigvals(matrix)
    return values.sum().real / np.abs(values).sum()


@pytest.mark.parametrize("seed", range(3))
def test_weights_alone(seed):
    weights = random_weights(seed)
    report = analyse(weights)
    W_E, W_U = weights.parameters["embed.W_E"], weights.parameters["unembed.W_U"]
    for one in report.heads:
        qk, ov = dense(weights, *one.place)
        assert one.singular_qk == pytest.approx(np.linalg.svd(qk, compute_uv=False)[:3])
        assert one.singular_ov == pytest.approx(np.linalg.svd(ov, compute_uv=False)[:3])
        assert one.scores["rank_qk"].value == np.linalg.matrix_rank(qk) == 3
        assert one.scores["rank_ov"].value == np.linalg.matrix_rank(ov) == 3
        assert one.scores["copying_ov"].value == pytest.approx(copying(ov), abs=1e-9)
        assert one.scores["copying_full"].value == pytest.approx(copying(W_E @ ov @ W_U), abs=1e-9)


def test_compositions():
    weights = random_weights(4, n_layers=3)
    found = {(one.kind, one.writer, one.reader): one.score.value for one in compositions(weights)}
    assert len(found) == 3 * (3 * 3 + 6 * 3)
    for (kind, writer, reader), score in found.items():
        assert writer[0] < reader[0]
        qk, ov = dense(weights, *reader)
        wrote = dense(weights, *writer)[1]
        reads = {"Q": qk, "K": qk.T, "V": ov}[kind]
        norms = np.linalg.norm(wrote) * np.linalg.norm(reads)
        assert score == pytest.approx(np.linalg.norm(wrote @ reads) / norms, rel=1e-12)


@pytest.mark.parametrize("config", KINDS)
def test_a_run_is_that_of_the_engine(config):
    weights = random_weights(5, **config)
    model = engine_model(weights)
    tokens = np.random.default_rng(0).integers(0, 9, (4, 8))
    before = streams(embed(tokens, model), model.layers)
    for layer, passed in enumerate(passes(weights, tokens)):
        assert passed.read == pytest.approx(before[layer])
        for head, arrays in enumerate(model.layers[layer]):
            assert passed.patterns[:, head] == pytest.approx(attention_pattern(before[layer], arrays))
            wrote = head_output(before[layer], arrays) - (arrays.b_O if head == 0 else 0)
            assert passed.written[:, head] == pytest.approx(wrote)
    told = logits(tokens, model) + weights.parameters["unembed.b_U"]
    shares = np.exp(told) / np.exp(told).sum(axis=-1, keepdims=True)
    right = np.take_along_axis(shares[:, :-1], tokens[:, 1:, None], -1)
    assert loss(weights, before[-1], tokens) == pytest.approx(-np.log(right).mean())


@pytest.mark.parametrize("vocab", [None, ["BOS", *"abcdefgh"]])
def test_pattern_scores(vocab):
    weights = random_weights(6, **({} if vocab is None else {"vocab": vocab}))
    begin = int(vocab is not None)
    found = repeated(weights, 7, seed=3)
    assert (found.begin, found.length) == (begin, 5)
    report, model = analyse(weights, sequences=7, seed=3), engine_model(weights)
    first, second = found.tokens[:, begin : begin + 5], found.tokens[:, begin + 5 :]
    assert (first == second).all() and (found.fresh[:, begin : begin + 5] == first).all()
    for layer, head in np.ndindex(2, 3):
        one, by_name = report.head(layer, head), {}
        for name, tokens in (("copied", found.tokens), ("fresh", found.fresh)):
            read = streams(embed(tokens, model), model.layers)[layer]
            by_name[name] = attention_pattern(read, model.layers[layer][head])
        A, n_ctx = by_name["copied"], 10 + begin
        rows = range(begin + 5, n_ctx)
        scores = {name: score.value for name, score in one.scores.items()}
        assert scores["previous_token"] == pytest.approx(np.mean([A[:, n, n - 1] for n in range(1 + begin, n_ctx)]))
        assert scores["duplicate_token"] == pytest.approx(np.mean([A[:, n, n - 5] for n in rows]))
        assert scores["induction"] == pytest.approx(np.mean([A[:, n, n - 4] for n in rows]))
        back = [
            np.mean([by_name["fresh"][:, n, n - k] for n in range(k + begin, n_ctx)])
            for k in range((n_ctx - begin) // 2 + 1)
        ]
        assert (scores["positional"], one.offset) == (pytest.approx(max(back)), int(np.argmax(back)))
    alike = np.tri(n_ctx) / np.arange(1, n_ctx + 1)[:, None]
    assert report.uniform["induction"] == pytest.approx(np.mean([1 / (n + 1) for n in rows]))
    assert report.uniform["previous_token"] == pytest.approx(np.mean(np.diagonal(alike, -1)[begin:]))
    assert offsets(alike, 0)[0] == pytest.approx(np.mean(1 / np.arange(1, n_ctx + 1)))


@pytest.mark.parametrize("config", KINDS[:1] + KINDS[2:])
def test_parts_of_an_induction_head(config):
    weights = random_weights(7, n_layers=3, **config)
    model, found = engine_model(weights), repeated(weights, 5)
    group = ((0, 0), (0, 2), (1, 1))
    (told,) = together(weights, found, [(2, 1)], group)
    before = streams(embed(found.tokens, model), model.layers)[2]
    reader = model.layers[2][1]

    def margin(table):
        total = 0.0
        for rows in table:
            for n in found.second:
                right = n - found.length + 1
                total += rows[n, right] - np.mean([rows[n, m] for m in range(n + 1) if m != right])
        return total / (len(table) * len(found.second))

    whole = scores(before, reader)
    assert told.margin == pytest.approx(margin(whole))
    assert told.group == group
    assert set(told.key) == {(layer, head) for layer in (0, 1) for head in range(3)}
    written = {}
    for place, passed in enumerate(passes(weights, found.tokens)):
        written |= {(place, head): passed.written[:, head] for head in range(3)}
    moved = sum(written[place] for place in told.key)

    if reader.rotary is None:
        n = before.shape[1]
        base = before - moved
        asked = base @ reader.W_Q + reader.b_Q
        for place, value in told.key.items():
            keys = written[place] @ reader.W_K
            assert value == pytest.approx(margin(asked @ np.swapaxes(keys, -1, -2) * reader.scale))
        both = (moved @ reader.W_Q) @ np.swapaxes(moved @ reader.W_K, -1, -2) * reader.scale
        assert told.both == pytest.approx(margin(both))
        in_query = (moved @ reader.W_Q) @ np.swapaxes(base @ reader.W_K + reader.b_K, -1, -2) * reader.scale
        assert told.query == pytest.approx(margin(in_query))
        taken = sum(written[place] for place in group) @ reader.W_K
        cut = whole - (before @ reader.W_Q + reader.b_Q) @ np.swapaxes(taken, -1, -2) * reader.scale
        A = np.where(np.tri(n, dtype=bool), cut, -np.inf)
        A = np.exp(A - A.max(-1, keepdims=True))
        A /= A.sum(-1, keepdims=True)
        right = A[:, found.second, found.second - found.length + 1].mean()
        assert told.without_group == pytest.approx(right)
    writes = sum(dense(weights, *place)[1] for place in group)
    reads = dense(weights, 2, 1)[0].T
    norms = np.linalg.norm(writes) * np.linalg.norm(reads)
    assert told.score.value == pytest.approx(np.linalg.norm(writes @ reads) / norms)


@pytest.mark.parametrize("entries", [7, 30, 1 << 23])
def test_skip_trigrams_are_those_of_the_whole_tables(entries, monkeypatch):
    monkeypatch.setattr(trigrams, "ENTRIES", entries)
    weights = random_weights(8, d_vocab=23)
    share = np.random.default_rng(1).random(23)
    W_E, W_U = weights.parameters["embed.W_E"], weights.parameters["unembed.W_U"]
    for layer, head in np.ndindex(2, 3):
        qk, ov = dense(weights, layer, head)
        b_Q = block(weights, layer, "b_Q", head)
        asked = W_E @ qk @ W_E.T + b_Q @ block(weights, layer, "W_K", head).T @ W_E.T / weights.config["attn_scale"]
        raised = (W_E @ ov @ W_U).T  # outputs in rows, keys in columns
        merit = asked.max(0) * raised.max(0) * share**0.1
        merit[(asked.max(0) <= 0) | (raised.max(0) <= 0)] = -np.inf
        found = skip_trigrams(weights, layer, head, 6, share, shown=4)
        expected = np.argsort(-merit)[:6]
        assert [key.token for key in found.keys] == list(expected[np.isfinite(merit[expected])])
        for key in found.keys:
            assert key.score == pytest.approx(merit[key.token])
            for told, table in ((key.queries, asked), (key.outputs, raised)):
                order = np.argsort(-table[:, key.token])[:4]
                assert [token for token, _ in told] == list(order)
                assert [value for _, value in told] == pytest.approx(list(table[order, key.token]))


def test_two_negative_maxima_make_no_skip_trigram():
    weights = random_weights(9, n_layers=1, n_heads=1, d_model=1, d_head=1, d_vocab=3)
    one = np.ones((1, 1, 1))
    weights = changed(weights, L0_W_Q=one, L0_W_K=-one, L0_W_V=-one, L0_W_O=one, L0_b_Q=np.zeros((1, 1)))
    ones = np.ones((3, 1))
    weights = changed(weights, **{"embed.W_E": ones, "unembed.W_U": ones.T})
    found = skip_trigrams(weights, 0, 0)
    assert (found.keys, found.why) == ((), "no key has a score above 0 and a logit above 0")


def reruns(weights, tokens, most):
    """The losses of the procedure of reruns: all patterns are saved, and in run k every head reads the stream without
    heads plus what heads put out in run k - 1."""
    model = engine_model(weights)
    x0 = embed(tokens, model)
    saved = [passed.patterns for passed in passes(weights, tokens)]
    outs, told = None, []
    for _ in range(most + 1):
        told.append(loss(weights, x0 + (0 if outs is None else sum(map(sum, outs))), tokens))
        new = []
        for layer, heads in enumerate(model.layers):
            read = x0 + (sum(map(sum, outs[:layer])) if outs is not None and layer else 0)
            rows = []
            for head, arrays in enumerate(heads):
                value = read @ arrays.W_V + arrays.b_V
                rows.append(saved[layer][:, head] @ value @ arrays.W_O + arrays.b_O)
            new.append(rows)
        outs = new
    return told


@pytest.mark.parametrize("config", KINDS)
def test_importance_by_order_is_that_of_the_reruns(config):
    weights = random_weights(10, n_layers=3, **config)
    tokens = np.random.default_rng(2).integers(0, 9, 10)
    report = analyse(weights, tokens=tokens.tolist())
    found = report.importance
    expected = reruns(weights, tokens[None], 3)
    assert [one.loss for one in found.orders] == pytest.approx(expected)
    assert [one.terms for one in found.orders] == [1, 9, 27, 27]
    assert found.orders[2].gain == pytest.approx(expected[1] - expected[2])
    model = engine_model(weights)
    assert found.loss == pytest.approx(loss(weights, forward(embed(tokens[None], model), model.layers), tokens[None]))
    assert found.orders[-1].loss == pytest.approx(found.loss)


@pytest.mark.parametrize("most", range(5))
def test_orders_up_to_one_are_the_first_of_all(most):
    weights = random_weights(10, n_layers=3)
    layers, x = layers_of(weights), embedded(weights, np.array([[1, 2, 3, 1]]))
    every, patterns = orders(layers, x)
    some, same = orders(layers, x, most)
    assert some == pytest.approx(every[: most + 1])
    assert np.array(same) == pytest.approx(np.array(patterns))


def test_importance_of_heads_frozen_and_zeroed():
    weights = random_weights(11)
    tokens = np.random.default_rng(2).integers(0, 9, 11)
    found = analyse(weights, tokens=tokens.tolist()).importance
    saved = [passed.patterns for passed in passes(weights, tokens[None])]
    assert any(one.frozen != pytest.approx(one.zeroed) for one in found.heads)
    for one in found.heads:
        silent = {}
        for name in ("W_O", "b_V"):
            whole = weights.parameters[f"blocks.{one.layer}.attn.{name}"].copy()
            whole[one.head] = 0
            silent[f"L{one.layer}_{name}"] = whole
        cut = changed(weights, **silent)
        model = engine_model(cut)
        last = forward(embed(tokens[None], model), model.layers)
        assert one.zeroed == pytest.approx(loss(weights, last, tokens[None]))
        x = embedded(cut, tokens[None])
        for layer, heads in enumerate(model.layers):
            x = x + sum(
                saved[layer][:, head] @ (x @ arrays.W_V + arrays.b_V) @ arrays.W_O + arrays.b_O
                for head, arrays in enumerate(heads)
            )
        assert one.frozen == pytest.approx(loss(weights, x, tokens[None]))


def test_virtual_heads():
    weights = random_weights(12, n_layers=3, n_heads=2)
    tokens = np.random.default_rng(2).integers(0, 9, (3, 11))
    found = virtual_heads(weights, tokens, 100)
    assert len(found) == 4 + 8
    assert [one.size for one in found] == sorted((one.size for one in found), reverse=True)
    x, seen = embedded(weights, tokens), list(passes(weights, tokens))
    model = engine_model(weights)
    last = streams(x, model.layers)[-1]
    for one in found:
        first, second = (seen[layer].patterns[:, head] for layer, head in (one.writer, one.reader))
        moves = dense(weights, *one.writer)[1] @ dense(weights, *one.reader)[1]
        added = second @ first @ x @ moves
        assert one.size == pytest.approx(np.sqrt((added**2).sum(-1).mean() / (last**2).sum(-1).mean()))
        back = offsets((second @ first).mean(axis=0), 0)
        assert (one.offset, one.at_offset) == (int(np.argmax(back)), pytest.approx(back.max()))


@settings(max_examples=15)
@given(st.integers(0, 1000), st.integers(0, 1), st.integers(0, 2))
def test_gauge_moves_change_no_score(seed, layer, head):
    weights = random_weights(13)
    rng = np.random.default_rng(seed)
    stretch = np.diag(np.exp(rng.uniform(-1, 1, 3)))
    turn, second = (np.linalg.qr(rng.standard_normal((3, 3)))[0] for _ in range(2))
    G, H = turn @ stretch @ second, second @ stretch @ turn
    new = {}
    for name, factor in (("W_Q", G), ("b_Q", G), ("W_K", np.linalg.inv(G).T), ("b_K", np.linalg.inv(G).T),
                         ("W_V", H), ("b_V", H)):  # fmt: skip
        whole = weights.parameters[f"blocks.{layer}.attn.{name}"].copy()
        whole[head] = whole[head] @ factor
        new[f"L{layer}_{name}"] = whole
    whole = weights.parameters[f"blocks.{layer}.attn.W_O"].copy()
    whole[head] = np.linalg.inv(H) @ whole[head]
    moved = changed(weights, **new, **{f"L{layer}_W_O": whole})
    tokens = [1, 4, 2, 8, 1, 4]
    assert_alike(*(analyse(one, tokens=tokens, sequences=3).to_json() for one in (weights, moved)))


def assert_alike(found, expected, tolerance=1e-7):
    """Reports that say the same, numbers up to rounding."""
    assert type(found) is type(expected)
    if isinstance(found, dict):
        assert found.keys() == expected.keys()
        for name in found:
            assert_alike(found[name], expected[name], tolerance)
    elif isinstance(found, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_alike(one, other, tolerance)
    elif isinstance(found, float):
        assert found == pytest.approx(expected, rel=tolerance, abs=tolerance)
    else:
        assert found == expected


def test_every_weight_counts():
    """The comparison above notices every parameter that an invariant score depends on."""
    weights, tokens = random_weights(13), [1, 4, 2, 8, 1, 4]
    told = analyse(weights, tokens=tokens, sequences=3).to_json()
    for name, array in weights.parameters.items():
        if name.endswith("b_K"):
            continue  # adds the same to every key of a query
        other = array.copy()
        other.flat[0] += 0.01
        new = analyse(changed(weights, **{name: other}), tokens=tokens, sequences=3).to_json()
        with pytest.raises(AssertionError, match=r"\S"):
            assert_alike(told, new)
