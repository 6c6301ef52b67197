#!/usr/bin/env python3
"""Fits the polynomials of src/codegen/math_f64.cpp by Remez exchange and prints them with their largest errors.

    tools/fit/math_f64.py            needs mpmath

Each line of `FITS` says: p(x) with `degree` approximates f on [low, high] so that max |weight * (p - f)| is least. The
error printed is that of the coefficients as they are printed, rounded to doubles, in units of 2^-53; `weight` is chosen
so that this is the error relative to the function which the polynomial serves.
"""
import sys

import mpmath as mp

mp.mp.dps = 70


def series(coefficients, x):
    """Where the closed form cancels: the sum of coefficients(k) x^k."""
    total, k, power = mp.mpf(0), 0, mp.mpf(1)
    while True:
        term = coefficients(k) * power
        total += term
        if abs(term) < mp.mpf(10) ** -65 * max(abs(total), mp.mpf(10) ** -30) and k > 4:
            return total
        k, power = k + 1, power * x


def exp_rest(r):
    """(e^r - 1 - r) / r^2"""
    return series(lambda k: 1 / mp.factorial(k + 2), r)


def atanh_rest(z):
    """(2 atanh(s) / s - 2) / s^2 in z = s^2"""
    return series(lambda k: mp.mpf(2) / (2 * k + 3), z)


def atanh_far_rest(z):
    """(atanh(s) / s - 1 - s^2 / 3) / s^4 in z = s^2"""
    return series(lambda k: mp.mpf(1) / (2 * k + 5), z)


def sin_rest(z):
    """(sin(r) / r - 1) / r^2 in z = r^2"""
    return series(lambda k: (-1) ** (k + 1) / mp.factorial(2 * k + 3), z)


def cos_rest(z):
    """(cos(r) - 1 + r^2 / 2) / r^4 in z = r^2"""
    return series(lambda k: (-1) ** k / mp.factorial(2 * k + 4), z)


def atan_rest(z):
    """(atan(t) / t - 1) / t^2 in z = t^2"""
    return series(lambda k: mp.mpf(-1) ** (k + 1) / (2 * k + 3), z)


def erf_rest(z):
    """erf(x) / x - 1 in z = x^2"""
    return 2 / mp.sqrt(mp.pi) * series(lambda k: (-1) ** k / (mp.factorial(k) * (2 * k + 1)), z) - 1


LN2 = mp.log(2)
SQRT2 = mp.sqrt(2)
S2 = ((SQRT2 - 1) / (SQRT2 + 1)) ** 2
TAN = (mp.tan(mp.pi / 8)) ** 2
WIDER = mp.mpf(1) + mp.mpf(2) ** -20  # arguments may be reduced to slightly more than the interval

FITS = [
    ("exp, (e^r - 1 - r) / r^2, relative to e^r", exp_rest, 9, -LN2 / 2, LN2 / 2, lambda r: r * r / mp.exp(r)),
    ("expm1, the same relative to e^r - 1", exp_rest, 10, -LN2 / 2, LN2 / 2,
     lambda r: r / exp_one(r)),
    ("log, (2 atanh(s) / s - 2) / s^2, relative to 2 atanh(s) / s", atanh_rest, 6, 0, S2, lambda z: z / 2),
    ("pow, (atanh(s) / s - 1 - s^2 / 3) / s^4", atanh_far_rest, 7, 0, S2, lambda z: z * z),
    ("sin, (sin(r) / r - 1) / r^2", sin_rest, 5, 0, (mp.pi / 4) ** 2, lambda z: z),
    ("cos, (cos(r) - 1 + r^2 / 2) / r^4", cos_rest, 5, 0, (mp.pi / 4) ** 2, lambda z: z * z),
    ("atan, (atan(t) / t - 1) / t^2", atan_rest, 10, 0, TAN, lambda z: z),
    ("erf, erf(x) / x - 1", erf_rest, 12, 0, 1, lambda z: 1),
    ("erf, log(1 - erf(t + 1)), absolute in erf", lambda t: mp.log(mp.erfc(t + 1)), 19, 0, 5,
     lambda t: mp.erfc(t + 1)),
]


def exp_one(r):
    """(e^r - 1) / r"""
    return series(lambda k: 1 / mp.factorial(k + 1), r)


def value(p, x):
    total = mp.mpf(0)
    for c in reversed(p):
        total = total * x + c
    return total


def remez(f, degree, low, high, weight, rounds=12, grid=1201):
    """The exchange with a dense grid: solve on a reference of degree + 2 points, move each to the extremum near it."""
    n = degree + 2
    middle, half = (low + high) / 2, (high - low) / 2
    points = [middle - half * mp.cos(mp.pi * k / grid) for k in range(grid + 1)]
    exact, weights = [f(x) for x in points], [weight(x) for x in points]
    chosen = [int(grid * (k + mp.mpf(1) / 2) / n) for k in range(n)]
    chosen = [k + 1 if weights[k] == 0 else k for k in chosen]
    p = None
    for _ in range(rounds):
        a, b = mp.matrix(n, n), mp.matrix(n, 1)
        for row, k in enumerate(chosen):
            for column in range(degree + 1):
                a[row, column] = points[k] ** column
            a[row, degree + 1] = (-1) ** row / weights[k]
            b[row] = exact[k]
        p = list(mp.lu_solve(a, b))[:degree + 1]
        errors = [weights[k] * (value(p, points[k]) - exact[k]) for k in range(grid + 1)]
        # One extremum for each run of equal signs.
        extremes, k = [], 0
        while k <= grid:
            best = k
            while k <= grid and (errors[k] > 0) == (errors[best] > 0):
                if abs(errors[k]) > abs(errors[best]):
                    best = k
                k += 1
            extremes.append(best)
        while len(extremes) > n:
            extremes.pop(0 if abs(errors[extremes[0]]) < abs(errors[extremes[-1]]) else -1)
        if len(extremes) < n or extremes == chosen:
            break
        chosen = extremes
    return p


def constants():
    """Sums of doubles: each is what the ones before have left."""
    def parts(x, count):
        digits = []
        for _ in range(count):
            digits.append(float(x))
            x -= mp.mpf(digits[-1])
        return " ".join(d.hex() for d in digits)

    for name, x, count in (("pi/2", mp.pi / 2, 3), ("2/ln 2", 2 / LN2, 2), ("ln 2", LN2, 2), ("1/3", mp.mpf(1) / 3, 2)):
        print(f"// {name}: {parts(x, count)}")
    with mp.workdps(450):
        bits = int(mp.floor(2 / mp.pi * mp.mpf(2) ** 1280))
    print("// 2/pi: " + ", ".join(f"0x{bits >> (1216 - 64 * k) & (1 << 64) - 1:016X}" for k in range(20)))


def main():
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    for name, f, degree, low, high, weight in FITS:
        if only not in name:
            continue
        low, high = mp.mpf(low), mp.mpf(high)
        low, high = (low * WIDER if low else low), high * WIDER
        p = remez(f, degree, low, high, weight)
        rounded = [float(c) for c in p]
        worst = max(abs(weight(x) * (value([mp.mpf(c) for c in rounded], x) - f(x)))
                    for x in (low + (high - low) * k / 2003 for k in range(2004)))
        print(f"// {name}: {mp.nstr(worst * mp.mpf(2) ** 53, 3)} x 2^-53")
        print("{" + ", ".join(c.hex() for c in rounded) + "}")
    if not only:
        constants()


if __name__ == "__main__":
    main()
