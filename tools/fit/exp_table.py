#!/usr/bin/env python3
"""Fits exp_by_table of src/codegen/math_tables.cpp and prints its table and coefficients with their largest error.

    tools/fit/exp_table.py            needs mpmath and NumPy

exp(x) = 2^n 2^(k/16) exp(r) for |r| <= ln 2 / 32, with exp(r) = 1 + r (1 + r (a + b r)): what r^4 / 24 and r^5 / 120 add is
spread over a and b so that the error is largest, and equally so, at the ends and between (Remez' condition for this form).
The error of the polynomial is relative, that of the table absolute, both in units of 2^-23: the last place of results.
"""
import mpmath as mp
import numpy as np

mp.mp.dps = 40
POINTS = 16


def main():
    h = mp.log(2) / 32
    spread = 2 * (mp.sqrt(2) - 1) * h**2
    a, b = (np.float32(float(c)) for c in (mp.mpf(1) / 2 + spread / 24, mp.mpf(1) / 6 + spread / 120))
    table = [np.float32(float(mp.mpf(2) ** (mp.mpf(k) / POINTS))) for k in range(POINTS)]
    polynomial = max(abs((1 + r * (1 + r * (mp.mpf(float(a)) + mp.mpf(float(b)) * r))) / mp.exp(r) - 1)
                     for r in (h * i / 1000 for i in range(-1000, 1001)))
    rounding = max(abs(mp.mpf(float(t)) - mp.mpf(2) ** (mp.mpf(k) / POINTS)) for k, t in enumerate(table))
    print(f"error of the polynomial {float(polynomial * 2**23):.3f}, of the table {float(rounding * 2**23):.3f}")
    print(f"a = {float(a):.9e}, b = {float(b):.9e}")
    print("{" + ", ".join(f"{float(t):.9e}f" for t in table) + "}")


if __name__ == "__main__":
    main()
