#define _GNU_SOURCE
#include "line_editor.h"
#include "session_internal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

/* Candidates of the completion that is under way. */
struct offer {
  char *candidate;
  char *remark;
};

static struct offer *offers;
static int offer_count;
static int offer_room;
static int next_offer;
static descent_completer ask;

static char *line;
static int is_done;

/* More lines than this would push away what one wants to see. */
enum { LISTED_MAX = 40 };

/* Completion */

static void forget_offers(void) {
  for (int i = 0; i < offer_count; i++) {
    free(offers[i].candidate);
    free(offers[i].remark);
  }
  offer_count = 0;
}

void descent_editor_offer(const char *candidate, const char *remark) {
  if (offer_count == offer_room) {
    int room = offer_room == 0 ? 64 : 2 * offer_room;
    struct offer *larger = realloc(offers, (size_t)room * sizeof *offers);
    if (!larger) return;
    offers = larger;
    offer_room = room;
  }
  char *first = strdup(candidate);
  char *second = strdup(remark);
  if (!first || !second) {
    free(first);
    free(second);
    return;
  }
  offers[offer_count++] = (struct offer){first, second};
}

/* Readline frees what it gets. */
static char *generate(const char *word, int state) {
  (void)word;
  if (state == 0) next_offer = 0;
  return next_offer < offer_count ? strdup(offers[next_offer++].candidate) : NULL;
}

static char **complete(const char *word, int start, int end) {
  (void)end;
  rl_attempted_completion_over = 1; /* never file names of Readline's own choice */
  rl_completion_suppress_append = 1; /* candidates bring what follows them */
  rl_filename_completion_desired = 0;
  forget_offers();
  char *before = strndup(rl_line_buffer, (size_t)start);
  if (!before) return NULL;
  ask(before, word);
  free(before);
  return offer_count == 0 ? NULL : rl_completion_matches(word, generate);
}

/* Inside a string the whole of it is one word: paths have slashes and dots. */
static char *word_breaks(void) {
  int is_text = 0;
  for (int i = 0; i < rl_point; i++) {
    if (rl_line_buffer[i] == '\\' && is_text) {
      i++;
    } else if (rl_line_buffer[i] == '"') {
      is_text = !is_text;
    } else if (rl_line_buffer[i] == '#' && !is_text) {
      break;
    }
  }
  static char inside[] = "\"";
  static char outside[] = " \t\n\"'@$><=;|&{}()[]+-*/^,:!?~";
  return is_text ? inside : outside;
}

static const char *remark_on(const char *candidate) {
  for (int i = 0; i < offer_count; i++) {
    if (strcmp(offers[i].candidate, candidate) == 0) return offers[i].remark;
  }
  return "";
}

static int columns_of(const char *text) {
  int columns = 0;
  for (; *text; text++) columns += ((unsigned char)*text & 0xC0) != 0x80;
  return columns;
}

static void list(char **matches, int count, int longest) {
  int has_remarks = 0;
  for (int i = 1; i <= count; i++) has_remarks |= *remark_on(matches[i]) != 0;
  if (!has_remarks) {
    rl_display_match_list(matches, count, longest);
    rl_forced_update_display();
    return;
  }
  int widest = 0;
  for (int i = 1; i <= count; i++) {
    int width = columns_of(matches[i]);
    if (width > widest && width <= 32) widest = width;
  }
  int columns = descent_editor_columns();
  fputc('\n', rl_outstream);
  for (int i = 1; i <= count && i <= LISTED_MAX; i++) {
    const char *remark = remark_on(matches[i]);
    int used = 2 + columns_of(matches[i]);
    int gap = widest + 4 > used ? widest + 4 - used : 2;
    fprintf(rl_outstream, "  %s", matches[i]);
    if (*remark) {
      int left = columns - used - gap - 1;
      fprintf(rl_outstream, "%*s", gap, "");
      for (const char *c = remark; *c; c++) {
        if (((unsigned char)*c & 0xC0) != 0x80 && left-- <= 0) break;
        fputc(*c, rl_outstream);
      }
    }
    fputc('\n', rl_outstream);
  }
  if (count > LISTED_MAX) fprintf(rl_outstream, "  and %d more\n", count - LISTED_MAX);
  rl_forced_update_display();
}

/* Lines */

/* While something is computed the terminal keeps what is typed, in lines. There Ctrl-D would be the end of a file that
   nobody reads, and be lost; as a plain character it waits for the next prompt, which it ends. */
static cc_t end_of_file = _POSIX_VDISABLE;

static void release_terminal(void) {
  struct termios mode;
  rl_deprep_terminal();
  if (tcgetattr(0, &mode) != 0 || mode.c_cc[VEOF] == _POSIX_VDISABLE) return;
  end_of_file = mode.c_cc[VEOF];
  mode.c_cc[VEOF] = _POSIX_VDISABLE;
  tcsetattr(0, TCSANOW, &mode);
}

void descent_terminal_give_back(void) {
  struct termios mode;
  if (end_of_file == _POSIX_VDISABLE || tcgetattr(0, &mode) != 0) return;
  mode.c_cc[VEOF] = end_of_file;
  end_of_file = _POSIX_VDISABLE;
  tcsetattr(0, TCSANOW, &mode);
}

/* Reading never waits: Ctrl-C drops what lies in the terminal's queue, and with it what `poll` had promised. */
static void prepare_terminal(int meta) {
  struct termios mode;
  descent_terminal_give_back();
  rl_prep_terminal(meta);
  if (tcgetattr(0, &mode) != 0) return;
  mode.c_cc[VMIN] = 0;
  mode.c_cc[VTIME] = 0;
  tcsetattr(0, TCSADRAIN, &mode);
}

void descent_editor_start(descent_completer completer) {
  ask = completer;
  /* Names have Greek letters; without a word on it from the environment, characters are UTF-8. Numbers stay as they
     are: only the category of characters is touched. */
  setlocale(LC_CTYPE, "");
  if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
  rl_readline_name = "descent"; /* for `$if descent` in an inputrc */
  rl_catch_signals = 0;         /* ours wake the loop below, on whichever thread they arrive */
  rl_catch_sigwinch = 0;
  rl_prep_term_function = prepare_terminal;
  rl_deprep_term_function = release_terminal;
  atexit(descent_terminal_give_back);
  rl_change_environment = 0; /* setenv would not be safe beside other threads */
  rl_variable_bind("show-all-if-ambiguous", "on"); /* before the inputrc is read, which may say otherwise */
  rl_attempted_completion_function = complete;
  rl_completion_word_break_hook = word_breaks;
  rl_completion_display_matches_hook = list;
  rl_getc_function = descent_input_getc;
  rl_input_available_hook = descent_input_is_available;
  using_history();
  rl_initialize();
  Keymap keymaps[] = {emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap};
  for (int i = 0; i < 3; i++) {
    rl_bind_keyseq_in_map("\033[200~", descent_paste, keymaps[i]);
    rl_bind_keyseq_in_map("\033[?", descent_input_take_report, keymaps[i]);
  }
}

static void on_line(char *text) {
  /* A signal ends the reading of a character or a paste as if the line were over. */
  if (descent_events.interrupted || descent_events.leaving) {
    free(text);
    text = NULL;
  }
  line = descent_pastes_put_back(text);
  is_done = 1;
  rl_callback_handler_remove();
}

/* Ctrl-C: leaves a search or a numeric argument, forgets the line, and gives the terminal back. */
static void abandon_line(void) {
  descent_input_abandon();
  rl_callback_sigcleanup();
  rl_echo_signal_char(SIGINT);
  fflush(rl_outstream);
  descent_input_skip_paste();
  rl_free_line_state();
  rl_replace_line("", 1);
  rl_callback_handler_remove();
  fputc('\n', rl_outstream);
  fflush(rl_outstream);
}

/* Ctrl-Z: the shell gets its terminal as it was, and the line is shown again afterwards. */
static void suspend(void) {
  rl_deprep_terminal();
  descent_session_catch_suspend(0);
  kill(getpid(), SIGTSTP);
  descent_session_catch_suspend(1);
  prepare_terminal(1);
  rl_reset_screen_size();
  rl_forced_update_display();
}

/* Handles what signals have raised; 1 when the line is over. */
static int take_events(int *outcome) {
  char bytes[64];
  while (descent_events.wake[0] >= 0 && read(descent_events.wake[0], bytes, sizeof bytes) > 0) {
  }
  if (descent_events.leaving || descent_events.interrupted) {
    descent_events.interrupted = 0;
    *outcome = descent_events.leaving ? DESCENT_LEAVE : DESCENT_INTERRUPTED;
    abandon_line();
    return 1;
  }
  if (descent_events.suspended) {
    descent_events.suspended = 0;
    suspend();
  }
  if (descent_events.resized) {
    descent_events.resized = 0;
    rl_resize_terminal();
  }
  return 0;
}

char *descent_editor_read(const char *prompt, int *outcome) {
  line = NULL;
  is_done = 0;
  *outcome = DESCENT_END;
  descent_events.reading = 1;
  descent_session_catch_suspend(1);
  rl_reset_screen_size();
  rl_callback_handler_install(prompt, on_line);
  while (!is_done) {
    if (take_events(outcome)) break;
    if (descent_input_is_waiting()) {
      rl_callback_read_char();
      continue;
    }
    struct pollfd sources[2] = {{.fd = 0, .events = POLLIN}, {.fd = descent_events.wake[0], .events = POLLIN}};
    if (poll(sources, 2, -1) < 0) {
      if (errno == EINTR) continue;
      rl_callback_handler_remove();
      break;
    }
    if (sources[0].revents) rl_callback_read_char();
  }
  if (is_done && !line && (descent_events.interrupted || descent_events.leaving)) take_events(outcome);
  descent_session_catch_suspend(0);
  descent_events.reading = 0;
  if (line) *outcome = DESCENT_LINE;
  return line;
}

void descent_editor_remember(const char *entry) {
  if (history_length > 0) {
    HIST_ENTRY *last = history_get(history_base + history_length - 1);
    if (last && strcmp(last->line, entry) == 0) return;
  }
  add_history(entry);
}

static struct winsize window(void) {
  struct winsize size;
  if (ioctl(1, TIOCGWINSZ, &size) != 0) size = (struct winsize){0};
  if (size.ws_row == 0) size.ws_row = 24;
  if (size.ws_col == 0) size.ws_col = 80;
  return size;
}

int descent_editor_rows(void) { return window().ws_row; }

int descent_editor_columns(void) { return window().ws_col; }

int descent_editor_pixels_across(void) { return window().ws_xpixel; }

int descent_editor_pixels_down(void) { return window().ws_ypixel; }
