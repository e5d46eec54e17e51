// The arguments of the program as the C library was started with them. Swift reads them from /proc, which a bare chroot
// does not have.

#include "program_arguments.h"

static int count;
static char **values;

// glibc hands the arguments of main to constructors.
__attribute__((constructor)) static void keep(int argc, char **argv) {
  count = argc;
  values = argv;
}

int descent_argument_count(void) { return count; }
const char *descent_argument(int position) { return position >= 0 && position < count ? values[position] : 0; }
