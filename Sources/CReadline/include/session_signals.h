#ifndef DESCENT_SESSION_SIGNALS_H
#define DESCENT_SESSION_SIGNALS_H

#include <stdint.h>

/* Signals of an interactive session. A handler may run on any thread, so it raises flags and writes a byte to a pipe
   that the reader of lines polls together with the terminal. */

/* Installs the handlers. `flag` is what computations poll: it gets the number of the signal. */
void descent_session_signals_install(volatile int32_t *flag);

/* Lowers the flag of computations before the next one begins. A request to leave stays. */
void descent_session_signals_clear(void);

/* An input has been typed: what Ctrl-C was pressed for before is over. */
void descent_session_signals_settle(void);

/* Whether Ctrl-C was pressed since the flag was lowered. */
int descent_session_signals_interrupted(void);

/* 0, or the signal by which the session is to end: SIGINT after two Ctrl-C within a second and no input between, SIGTERM, SIGHUP. */
int descent_session_signals_leaving(void);

#endif
