/* Counts the lines of an input of any size, in little memory. Arguments: "input" and "output" name the files. */
#define TEACLAVE(name) __attribute__((import_module("env"), import_name(#name))) extern int name
TEACLAVE(teaclave_open_input)(const char *name);
TEACLAVE(teaclave_create_output)(const char *name);
TEACLAVE(teaclave_read_file)(int handle, void *buffer, int size);
TEACLAVE(teaclave_write_file)(int handle, const void *bytes, int size);
TEACLAVE(teaclave_close_file)(int handle);

static char buffer[65536];

static int report(int handle, int count) {
  char text[24] = "lines ", digits[12];
  int size = 6, length = 0;
  do digits[length++] = (char)('0' + count % 10);
  while ((count /= 10) > 0);
  while (length > 0) text[size++] = digits[--length];
  text[size++] = '\n';
  return teaclave_write_file(handle, text, size) == size ? 0 : -1;
}

/* argv: key, value, key, value, with keys in the order of their bytes: "input" and "output" here. The result is the count, or -1. */
__attribute__((export_name("entrypoint"))) int entrypoint(int argc, char *argv[]) {
  if (argc != 4) return -1;
  int input = teaclave_open_input(argv[1]), count = 0, got;
  if (input < 0) return -1;
  while ((got = teaclave_read_file(input, buffer, sizeof buffer)) > 0)
    for (int i = 0; i < got; i++) count += buffer[i] == '\n';
  int output = teaclave_create_output(argv[3]);
  if (got < 0 || output < 0 || report(output, count) < 0) return -1;
  return teaclave_close_file(output) < 0 ? -1 : count;
}
