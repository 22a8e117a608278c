/* What a function in WebAssembly can ask of its host: the names and types are Teaclave's, so that its programs run here and these there. */
#define TEACLAVE(name) __attribute__((import_module("env"), import_name(#name))) extern int name

/* A handle >= 1, or -1. Each open starts at byte 0. */
TEACLAVE(teaclave_open_input)(const char *name);
/* A handle, or -1. An output that is created again is empty again. */
TEACLAVE(teaclave_create_output)(const char *name);
/* Bytes read, 0 at the end, -1 on error. */
TEACLAVE(teaclave_read_file)(int handle, void *buffer, int size);
/* Bytes written, or -1. */
TEACLAVE(teaclave_write_file)(int handle, const void *bytes, int size);
/* 0, or -1. */
TEACLAVE(teaclave_close_file)(int handle);
