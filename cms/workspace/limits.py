"""How large an authored file may be; beyond these it is damage or an attack, not content."""

MAX_FILE_BYTES = 1024 * 1024
MAX_COPY_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_NUMBER = 64  # characters
MAX_EXPONENT = 308  # as of binary floating point, so that every reader of our output can hold the number
MAX_PROBLEMS = 50  # of one file; what follows is noise
