#ifndef DESCENT_PROGRAM_ARGUMENTS_H
#define DESCENT_PROGRAM_ARGUMENTS_H

/// Number of arguments of the program, its own name among them.
int descent_argument_count(void);

/// The argument at a position from 0; null beyond the last.
const char *descent_argument(int position);

#endif
