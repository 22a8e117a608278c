# Scenario 12: only a cancellation ends it.
def entrypoint(argv):
    print "running"
    while True:
        pass
