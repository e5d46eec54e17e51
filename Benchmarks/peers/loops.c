// The loops of ../loop-*.opt in C: cc -O2 loops.c -lm; a.out WORKLOAD STEPS.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double rosenbrock(int64_t steps) {
  double x = -1.2, y = 1.0;
  for (int64_t k = 0; k < steps; k++) {
    const double slope = y - x * x, dx = -2 * (1 - x) - 400 * x * slope, dy = 200 * slope;
    x -= 5e-4 * dx;
    y -= 5e-4 * dy;
  }
  return (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x);
}

static double logistic_map(int64_t steps) {
  double x = 0.3, total = 0;
  for (int64_t k = 0; k < steps; k++) {
    x = 3.9 * x * (1 - x);
    total += x;
  }
  return total / steps;
}

static double power_iteration(int64_t steps) {
  const double a = 2, b = 1, c = 1.999;
  double x = 1, y = 0.3, eigenvalue = 0;
  for (int64_t k = 0; k < steps; k++) {
    const double u = a * x + b * y, v = b * x + c * y, size = sqrt(u * u + v * v);
    eigenvalue = u * x + v * y;
    x = u / size;
    y = v / size;
  }
  return eigenvalue;
}

static double sieve(int64_t steps) {
  double *composite = calloc(steps + 1, sizeof *composite);
  int64_t primes = 0;
  for (int64_t i = 2; i <= steps; i++) {
    if (composite[i] != 0) continue;
    primes++;
    for (int64_t j = i * i; j <= steps; j += i) composite[j] = 1;
  }
  free(composite);
  return primes;
}

static double nested(int64_t steps) {
  int64_t count = 0;
  double total = 0;
  for (int64_t i = 0; i < steps; i++)
    for (int64_t j = 0; j < 1000; j++) {
      const int64_t rest = (i * i + j * j) % 17;
      if (rest == 3) {
        count++;
      } else if (rest == 5 && j > i) {
        count += 2;
        total += 0.5 * j;
      } else if (rest == 11) {
        total -= 0.25;
      }
    }
  return count + total;
}

static int64_t fibonacci(int64_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static double fibonacci_sum(int64_t steps) {
  int64_t total = 0;
  for (int64_t k = 0; k <= steps; k++) total += fibonacci(k);
  return total;
}

int main(int count, char **arguments) {
  const struct { const char *name; double (*work)(int64_t); } all[] = {
    {"loop-rosenbrock", rosenbrock}, {"loop-logistic-map", logistic_map}, {"loop-power-iteration", power_iteration},
    {"loop-sieve", sieve}, {"loop-nested", nested}, {"loop-fibonacci", fibonacci_sum},
  };
  for (unsigned i = 0; count == 3 && i < sizeof all / sizeof *all; i++)
    if (!strcmp(all[i].name, arguments[1])) return printf("%.17g\n", all[i].work(atoll(arguments[2]))) < 0;
  return 1;
}
