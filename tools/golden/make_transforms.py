#!/usr/bin/python3
"""Writes src/eager/testdata/transforms.npz: what JAX (Apache-2.0) gives for derivatives of a small network and of a scan.
Usage: make_transforms.py [FILE]"""
import os
import sys

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "eager", "testdata", "transforms.npz")
rng = np.random.default_rng(8)
arrays = {}


def normal(*shape):
    return rng.normal(size=shape)


# A network with a hidden layer that is normalised, and softmax cross entropy.
w, b, u, c = params = normal(4, 5), normal(5), normal(5, 3), normal(3)
moves = normal(4, 5), normal(5), normal(5, 3), normal(3)
x, y = normal(6, 4), rng.integers(0, 3, size=6)


def logits(w, b, u, c, x):
    z = x @ w + b
    z = (z - z.mean(-1, keepdims=True)) / jnp.sqrt(z.var(-1, keepdims=True) + 1e-5)
    return jnp.tanh(z) @ u + c


def cost_of_one(w, b, u, c, x, y):
    return -jax.nn.log_softmax(logits(w, b, u, c, x))[y]


def cost(*params):
    return jax.vmap(cost_of_one, (None, None, None, None, 0, 0))(*params, x, y).mean()


def gradients(*params):
    return jax.grad(cost, argnums=(0, 1, 2, 3))(*params)


def of_each(*params):
    return jax.vmap(jax.grad(cost_of_one, argnums=(0, 1, 2, 3)), (None, None, None, None, 0, 0))(*params, x, y)


def penalty(*params):
    return sum((g**2).sum() for g in of_each(*params))


names = "wbuc"
arrays.update({"x": x, "y": y, "cost": cost(*params), "slope": jax.jvp(cost, params, moves)[1]})
for label, values in (("", params), ("move_", moves), ("grad_", gradients(*params)), ("each_", of_each(*params)),
                      ("hvp_", jax.jvp(gradients, params, moves)[1]),
                      ("penalty_", jax.grad(penalty, argnums=(0, 1, 2, 3))(*params))):
    arrays.update({label + name: np.asarray(v) for name, v in zip(names, values)})
arrays["hessian_bu"] = jax.jacfwd(lambda u: jax.grad(cost, argnums=1)(w, b, u, c))(u)
arrays["jacobian_x"] = jax.jacrev(lambda x: logits(w, b, u, c, x))(x[0])

# A recurrent scan.
step, into, first, inputs = normal(3, 3), normal(2, 3), normal(3), normal(5, 2)
step_move, input_moves = normal(3, 3), normal(5, 2)


def last_and_sum(step, inputs):
    def body(h, x):
        h = jnp.tanh(h @ step + x @ into)
        return h, h * h
    h, squares = jax.lax.scan(body, first, inputs)
    return h, squares.sum()


values, tangents = jax.jvp(last_and_sum, (step, inputs), (step_move, input_moves))
arrays.update({"step": step, "into": into, "first": first, "inputs": inputs, "step_move": step_move,
               "input_moves": input_moves, "last": values[0], "sum": values[1], "last_move": tangents[0],
               "sum_move": tangents[1]})
arrays["hessian_step"] = jax.hessian(lambda s: last_and_sum(s, inputs)[1])(step)

os.makedirs(os.path.dirname(out), exist_ok=True)
np.savez_compressed(out, **{name: np.asarray(a) for name, a in arrays.items()})
