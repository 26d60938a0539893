"""Embeddings in few bits, against the whole ones."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from index.store.token_code import Code, quantize
from tests.support.embeddings import restore

Floats = npt.NDArray[np.float32]


def units(vectors: Floats) -> Floats:
    """The rows scaled to length 1."""
    result: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return result


@given(arrays.arrays(np.float32, (3, 16), elements=st.floats(-1, 1, width=32)))
def test_quantized_vectors_come_back_within_half_a_step(vectors: Floats) -> None:
    values, scales = quantize(vectors)
    step = scales.astype(np.float32)[:, None]
    assert np.all(np.abs(restore(values, scales) - vectors) <= step * 0.51)


@given(st.integers(0, 2**32 - 1), st.sampled_from([8, 30, 384]))
def test_what_was_quantized_stays_as_it_is_when_that_is_done_again(seed: int, dim: int) -> None:
    random = np.random.default_rng(seed)
    once = quantize(units(random.standard_normal((20, dim)).astype(np.float32)))
    again = quantize(restore(*once))
    assert np.array_equal(once[0], again[0])
    assert np.array_equal(once[1], again[1])


@pytest.mark.parametrize(("bits", "error"), [(4, 0.0066), (2, 0.021)])
@pytest.mark.parametrize("dim", [384, 333])
def test_cosines_of_coded_vectors_are_near_the_true_ones(bits: int, error: float, dim: int) -> None:
    random = np.random.default_rng(0)
    vectors = random.standard_normal((500, dim)).astype(np.float32)
    # One dimension far wider than the others, as some models have.
    vectors[:, 7] *= 20
    vectors = units(vectors)
    code = Code(bits, dim)
    codes, scales = code.encode(quantize(vectors)[0])
    assert codes.shape == (500, -(-dim * bits // 8))
    questions = units(vectors[:20] + 0.03 * random.standard_normal((20, dim)).astype(np.float32))
    difference = code.cosines(questions, codes, scales) - vectors @ questions.T
    assert np.sqrt(np.mean(difference**2)) < error
    assert abs(difference.mean()) < error / 4
