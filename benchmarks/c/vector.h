/* Vectors of doubles as wide as the machine's registers, and exp, ln and powers of them.

   Log and exp are polynomials after a range reduction; the logarithm of a power is carried in two
   doubles. Lanes that are not ordinary (not positive, not normal, results out of range) go one by
   one through the C library. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
#define W 8
#elif defined(__AVX2__)
#include <immintrin.h>
#define W 4
#else
#define W 2
#endif

typedef double V __attribute__((vector_size(8 * W)));
typedef double U __attribute__((vector_size(8 * W), aligned(8)));
typedef int64_t M __attribute__((vector_size(8 * W)));
#define INLINE static inline __attribute__((always_inline))

INLINE V C(double x) { V v = {0}; return v + x; }

#if defined(__AVX512F__)
INLINE V SELECT(M m, V a, V b) { return (V)_mm512_mask_blend_pd(_mm512_movepi64_mask((__m512i)m), (__m512d)b, (__m512d)a); }
INLINE V MIN(V a, V b) { return (V)_mm512_min_pd((__m512d)a, (__m512d)b); }
INLINE V MAX(V a, V b) { return (V)_mm512_max_pd((__m512d)a, (__m512d)b); }
INLINE V SQRT(V a) { return (V)_mm512_sqrt_pd((__m512d)a); }
INLINE V TRUNC(V a) { return (V)_mm512_roundscale_pd((__m512d)a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
INLINE int ANY(M m) { return _mm512_movepi64_mask((__m512i)m) != 0; }
#elif defined(__AVX2__)
INLINE V SELECT(M m, V a, V b) { return (V)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m); }
INLINE V MIN(V a, V b) { return (V)_mm256_min_pd((__m256d)a, (__m256d)b); }
INLINE V MAX(V a, V b) { return (V)_mm256_max_pd((__m256d)a, (__m256d)b); }
INLINE V SQRT(V a) { return (V)_mm256_sqrt_pd((__m256d)a); }
INLINE V TRUNC(V a) { return (V)_mm256_round_pd((__m256d)a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
INLINE int ANY(M m) { return !_mm256_testz_pd((__m256d)m, (__m256d)m); }
#else
INLINE V SELECT(M m, V a, V b) { return (V)((m & (M)a) | (~m & (M)b)); }
INLINE V MIN(V a, V b) { return SELECT(a < b, a, b); }
INLINE V MAX(V a, V b) { return SELECT(a > b, a, b); }
INLINE V SQRT(V a) { for (int l = 0; l < W; l++) a[l] = sqrt(a[l]); return a; }
INLINE V TRUNC(V a) { for (int l = 0; l < W; l++) a[l] = trunc(a[l]); return a; }
INLINE int ANY(M m) { return (m[0] | m[1]) != 0; }
#endif
#define NOT(m) (~(m))
INLINE V ABS(V a) { return (V)((M)a & INT64_MAX); }

/* -- exp, ln, powers -------------------------------------------------------------------------- */

#define LN2_HIGH 0x1.62e42fefp-1
#define LN2_LOW 0x1.473de6af278edp-34
#define SHIFT 0x1.8p52
/* (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2 */
#define E0 0x1.0000000000001p-1
#define E1 0x1.5555555555557p-3
#define E2 0x1.5555555553d66p-5
#define E3 0x1.11111111100dep-7
#define E4 0x1.6c16c1788a7f9p-10
#define E5 0x1.a01a01abe6aa7p-13
#define E6 0x1.a019b91286e94p-16
#define E7 0x1.71de0235da778p-19
#define E8 0x1.28917ee6ee3fap-22
#define E9 0x1.af4de0824b246p-26
/* (2 artanh(s) - 2 s) / s^3 in s^2 */
#define L0 0x1.5555555555555p-1
#define L1 0x1.9999999999a38p-2
#define L2 0x1.2492492476af9p-2
#define L3 0x1.c71c720187bd5p-3
#define L4 0x1.745cf8f2c7c04p-3
#define L5 0x1.3b1c38d45dc6ep-3
#define L6 0x1.0fbe3f91006fep-3
#define L7 0x1.0c06e578ea617p-3

INLINE V exp_of(V high, V low) {
  V turned = high * 0x1.71547652b82fep+0 + SHIFT;
  V turns = turned - SHIFT;
  V r = (high - turns * LN2_HIGH) + (low - turns * LN2_LOW);
  V r2 = r * r, r4 = r2 * r2;
  V p = ((E0 + E1 * r) + (E2 + E3 * r) * r2) + ((E4 + E5 * r) + (E6 + E7 * r) * r2) * r4
      + (E8 + E9 * r) * (r4 * r4);
  V value = (p * r + 1.0) * r + 1.0;
  return (V)((M)value + ((M)turned << 52));
}

INLINE V log_of(V x, V *low_part) {
  M bits = (M)x;
  M shifted = bits - 0x3fe6a09e667f3bcd;
  V m = (V)(bits - (shifted & (int64_t)0xfff0000000000000));
  V k = (V)((M)((unsigned long long __attribute__((vector_size(8 * W))))(shifted + ((int64_t)1023 << 52)) >> 52)
            | 0x4330000000000000) - (0x1p52 + 1023.0);
  V f = m - 1.0, d = m + 1.0, d_low = m - (d - 1.0);
  V inverse = 1.0 / d;
  V s = f * inverse;
  V rest = (f - s * d) - s * d_low;
  V z = s * s, z2 = z * z;
  V tail = ((L0 + L1 * z) + (L2 + L3 * z) * z2) + ((L4 + L5 * z) + (L6 + L7 * z) * z2) * (z2 * z2);
  V twice = inverse + inverse;
  V low = rest * (twice * z + twice) + (s * z) * tail;
  V high = s + s;
  V base = k * LN2_HIGH;
  V total = base + high;
  low = low + (k * LN2_LOW + (high - (total - base)));
  high = total + low;
  *low_part = low - (high - total);
  return high;
}

static __attribute__((noinline, cold)) V slow(V x, V y, double (*of)(double, double)) {
  for (int l = 0; l < W; l++) x[l] = of(x[l], y[l]);
  return x;
}
static double one_exp(double x, double y) { return exp(x); }
static double one_log(double x, double y) { return log(x); }

/* K vectors at a time: what one has to wait for, the other one can use. */
#define K 2
#define EACH _Pragma("GCC unroll 8") for (int k = 0; k < K; k++)

static __attribute__((noinline)) void EXP(V *result, const V *x, const V *unused) {
  M usual = ~(M){0};
  EACH usual &= ABS(x[k]) <= 708.0;
  EACH result[k] = exp_of(x[k], C(0.0));
  if (__builtin_expect(ANY(~usual), 0)) EACH result[k] = slow(x[k], x[k], one_exp);
}

static __attribute__((noinline)) void LOG(V *result, const V *x, const V *unused) {
  M usual = ~(M){0};
  V low;
  EACH usual &= (x[k] >= 0x1p-1022) & (x[k] < INFINITY);
  EACH result[k] = log_of(x[k], &low);
  if (__builtin_expect(ANY(~usual), 0)) EACH result[k] = slow(x[k], x[k], one_log);
}

static __attribute__((noinline)) void POW(V *result, const V *x, const V *y) {
  V low[K], high[K], product[K], product_low[K];
  M usual = ~(M){0};
  EACH high[k] = log_of(x[k], &low[k]);
  EACH product[k] = y[k] * high[k];
  EACH product_low[k] = y[k] * low[k] + (y[k] * high[k] - product[k]);
  EACH usual &= (ABS(product[k]) <= 708.0) & (x[k] >= 0x1p-1022) & (x[k] < INFINITY);
  if (__builtin_expect(ANY(~usual), 0)) EACH result[k] = slow(x[k], y[k], pow);
  else EACH result[k] = exp_of(product[k], product_low[k]);
}

/* -- lookup tables ---------------------------------------------------------------------------- */

/* The row in which each lane read a table last: from `left` on for `width`, a line. */
typedef struct { V left, width, slope, base; } Memory;
/* Rows, the first and the last level; 0 <= x - left < width is certain to be right. */
typedef struct { int count; const double *begins; const double (*lines)[4]; } Table;

static __attribute__((noinline, cold)) V search(Memory *memory, const Table *table, V x) {
  V y;
  for (int l = 0; l < W; l++) {
    int row = 0;
    while (row + 1 < table->count && x[l] >= table->begins[row + 1]) row++;
    const double *line = table->lines[row];
    memory->left[l] = line[0];
    memory->width[l] = line[1];
    memory->slope[l] = line[2];
    memory->base[l] = line[3];
    y[l] = line[2] == 0.0 ? line[3] : line[2] * (x[l] - line[0]) + line[3];
  }
  return y;
}

INLINE V LOOKUP(Memory *memory, const Table *table, V x) {
  V from = x - memory->left;
  if (__builtin_expect(ANY((M)from | (M)~(from < memory->width)), 0)) return search(memory, table, x);
  return memory->slope * from + memory->base;
}
