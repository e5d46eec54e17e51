#define _GNU_SOURCE
#include "session_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

/* Pastes that are too long to be edited: the line has a few words in the place of each. */

enum {
  EDITED_MAX = 16 << 10, /* longer ones take Readline seconds to draw */
  KEPT_MAX = 16,
  WORDS_MAX = 64,
};

struct paste {
  char *text;
  size_t length;
  char words[WORDS_MAX];
};

static struct paste kept[KEPT_MAX];
static int kept_count;

void descent_pastes_forget(void) {
  for (int i = 0; i < kept_count; i++) free(kept[i].text);
  kept_count = 0;
}

/* The bytes up to the end of the paste, with newlines for every kind of line end; NULL when Ctrl-C came before it. */
static char *read_paste(size_t *length) {
  static const char end[] = "\033[201~";
  size_t count = 0, room = 4096;
  char *text = malloc(room);
  int last = 0;
  while (text) {
    int byte = descent_input_getc(NULL);
    if (byte == EOF) break;
    if (!(byte == '\n' && last == '\r')) {
      if (count + 1 >= room) {
        char *larger = realloc(text, 2 * room);
        if (!larger) break;
        text = larger;
        room *= 2;
      }
      text[count++] = byte == '\r' ? '\n' : byte ? (char)byte : 1; /* a line of Readline ends at 0 */
    }
    last = byte;
    size_t tail = sizeof end - 1;
    if (byte == '~' && count >= tail && memcmp(text + count - tail, end, tail) == 0) {
      *length = count - tail;
      text[*length] = 0;
      return text;
    }
  }
  free(text);
  return NULL;
}

int descent_paste(int count, int key) {
  (void)count;
  (void)key;
  size_t length;
  char *text = read_paste(&length);
  if (!text) return 0;
  if (length <= EDITED_MAX || kept_count == KEPT_MAX) {
    rl_insert_text(text);
    free(text);
    return 0;
  }
  long lines = 1;
  for (size_t i = 0; i + 1 < length; i++) lines += text[i] == '\n';
  struct paste *paste = &kept[kept_count++];
  paste->text = text;
  paste->length = length;
  snprintf(paste->words, sizeof paste->words, "[paste %d: %ld lines]", kept_count, lines);
  rl_insert_text(paste->words);
  return 0;
}

char *descent_pastes_put_back(char *line) {
  for (int i = 0; line && i < kept_count; i++) {
    char *place = strstr(line, kept[i].words);
    if (!place) continue;
    size_t head = (size_t)(place - line), words = strlen(kept[i].words);
    size_t tail = strlen(place + words);
    char *whole = malloc(head + kept[i].length + tail + 1);
    if (!whole) break;
    memcpy(whole, line, head);
    memcpy(whole + head, kept[i].text, kept[i].length);
    memcpy(whole + head + kept[i].length, place + words, tail + 1);
    free(line);
    line = whole;
  }
  descent_pastes_forget();
  return line;
}
