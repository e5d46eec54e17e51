#ifndef DESCENT_LINE_EDITOR_H
#define DESCENT_LINE_EDITOR_H

/* GNU Readline behind a door of few functions. One thread at a time. */

/* What came of reading a line. */
enum {
  DESCENT_LINE = 0,        /* a line */
  DESCENT_END = 1,         /* Ctrl-D on an empty line, or the terminal is gone */
  DESCENT_INTERRUPTED = 2, /* Ctrl-C: what was typed is forgotten */
  DESCENT_LEAVE = 3,       /* a signal asks the session to end */
};

/* Called for Tab with the line up to the word and the word; answers by descent_editor_offer. */
typedef void (*descent_completer)(const char *before, const char *word);

/* Prepares Readline; the user's inputrc wins over our choices. */
void descent_editor_start(descent_completer completer);

/* Reads one line without its newline, to be freed by the caller; NULL unless the outcome is DESCENT_LINE. */
char *descent_editor_read(const char *prompt, int *outcome);

/* A candidate for the word, and what is shown beside it in a list (may be empty). */
void descent_editor_offer(const char *candidate, const char *remark);

/* Adds an entry to the history that the arrow keys and Ctrl-R go through. */
void descent_editor_remember(const char *entry);

/* Columns and lines of the terminal. */
int descent_editor_columns(void);
int descent_editor_rows(void);

/* Pixels of the terminal's window; 0 where it does not say. */
int descent_editor_pixels_across(void);
int descent_editor_pixels_down(void);

/* Whether the terminal draws sixel pictures, by its own answer. It is asked once, between two lines and only while
   nothing is typed; an answer that comes later than `milliseconds` counts from the next call on. */
int descent_terminal_has_sixel(int milliseconds);

/* Gives the terminal its end of file back, as the end of the program has to; may be called by a handler of signals. */
void descent_terminal_give_back(void);

#endif
