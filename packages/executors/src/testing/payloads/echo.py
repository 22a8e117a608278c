# Scenario 9: Python 2, as Teaclave's clients send it.
def entrypoint(argv):
    assert argv[0] == "message"
    return argv[1]
