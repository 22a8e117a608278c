/*
 * The millionaires' problem: who has more, without telling how much. The arguments name two inputs, each with a whole number in
 * decimal, and an output, which gets the name of the input with the larger number (of the second if they are equal).
 * Result: the length of that name; -1 if an input cannot be read or is no number, or the output cannot be written.
 */
#include "teaclave.h"

enum { MAX_DIGITS = 4096 };

/* Whole numbers of any size, compared as text: digits without leading zeros. */
struct number {
  char text[MAX_DIGITS + 1];
  int start, length;
};

static struct number numbers[2];

static int equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static int length(const char *text) {
  int count = 0;
  while (text[count]) count++;
  return count;
}

static int is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

static int read_number(const char *input, struct number *to) {
  int handle = teaclave_open_input(input);
  if (handle < 0) return -1;
  int size = 0, got;
  while ((got = teaclave_read_file(handle, to->text + size, MAX_DIGITS + 1 - size)) > 0) size += got;
  if (teaclave_close_file(handle) < 0 || got < 0 || size > MAX_DIGITS) return -1;
  while (size > 0 && is_space(to->text[size - 1])) size--;
  int at = 0;
  while (at < size && is_space(to->text[at])) at++;
  if (at == size) return -1;
  for (int i = at; i < size; i++)
    if (to->text[i] < '0' || to->text[i] > '9') return -1;
  while (at < size - 1 && to->text[at] == '0') at++;
  to->start = at;
  to->length = size - at;
  return 0;
}

static int greater(const struct number *a, const struct number *b) {
  if (a->length != b->length) return a->length > b->length;
  for (int i = 0; i < a->length; i++) {
    char x = a->text[a->start + i], y = b->text[b->start + i];
    if (x != y) return x > y;
  }
  return 0;
}

static const char *argument(int argc, char *argv[], const char *key) {
  for (int i = 0; i + 1 < argc; i += 2)
    if (equal(argv[i], key)) return argv[i + 1];
  return 0;
}

__attribute__((export_name("entrypoint"))) int entrypoint(int argc, char *argv[]) {
  const char *first = argument(argc, argv, "input_file_id1");
  const char *second = argument(argc, argv, "input_file_id2");
  const char *output = argument(argc, argv, "output_file_id");
  if (!first || !second || !output) return -1;
  if (read_number(first, &numbers[0]) < 0 || read_number(second, &numbers[1]) < 0) return -1;
  const char *richer = greater(&numbers[0], &numbers[1]) ? first : second;
  int size = length(richer);
  int handle = teaclave_create_output(output);
  if (handle < 0 || teaclave_write_file(handle, richer, size) != size) return -1;
  return teaclave_close_file(handle) < 0 ? -1 : size;
}
