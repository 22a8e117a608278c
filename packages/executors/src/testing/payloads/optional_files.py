# Scenario 11: inputs that a task may lack.
from teaclave import open


def entrypoint(argv):
    for name in ("input_data3", "input_data2", "input_data1"):
        try:
            with open(name, "rb") as file:
                return file.readline()
        except:
            print "%s is not there" % name
    return name + " does not exist"
