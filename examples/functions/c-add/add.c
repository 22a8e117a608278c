/* Adds two whole numbers that come as text: arguments "a" and "b". The result is the sum, modulo 2^32, as an i32 has it. */

static unsigned number(const char *text) {
  unsigned value = 0;
  while (*text == ' ') text++;
  int negative = *text == '-';
  if (*text == '-' || *text == '+') text++;
  for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + (unsigned)(*text - '0');
  return negative ? 0 - value : value;
}

/* argv: key, value, key, value, with keys in the order of their bytes. */
__attribute__((export_name("entrypoint"))) int entrypoint(int argc, char *argv[]) {
  if (argc != 4) return -1;
  return (int)(number(argv[1]) + number(argv[3]));
}
