#!/usr/bin/env python3
"""Fits the tables of src/codegen/math_tables.cpp and prints them with their largest error.

    tools/fit/erf_table.py            needs mpmath and NumPy

erf(x) / x near each of 16 points 67/256 apart, from 0 on, as a polynomial of the distance from the point: interpolated at
Chebyshev nodes, coefficients rounded to f32. The error is relative, in units of 2^-24.
"""
import mpmath as mp
import numpy as np

mp.mp.dps = 40
STEP, POINTS, DEGREE = mp.mpf(67) / 256, 16, 5


def quotient(a):
    return 2 / mp.sqrt(mp.pi) if a == 0 else mp.erf(a) / a


def fitted(center):
    n = DEGREE + 1
    nodes = [STEP / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    powers = mp.matrix([[x**j for j in range(n)] for x in nodes])
    values = mp.matrix([quotient(center + x) for x in nodes])
    return [np.float32(float(c)) for c in mp.lu_solve(powers, values)]


def main():
    rows, worst = [fitted(k * STEP) for k in range(POINTS)], mp.mpf(0)
    for k, row in enumerate(rows):
        for i in range(-100, 101):
            x = STEP / 200 * i
            if k * STEP + x >= 0:
                value = sum(mp.mpf(float(c)) * x**j for j, c in enumerate(row))
                worst = max(worst, abs(value / quotient(k * STEP + x) - 1))
    print(f"error {float(worst * 2**24):.2f}")
    for j in range(DEGREE + 1):
        print("{" + ", ".join(f"{float(row[j]):.9e}" for row in rows) + "},")


if __name__ == "__main__":
    main()
