"""A login at an address, for tests of attacks: prints the code and the reason with which it was refused."""

import json
import sys

from gaiwan import GaiwanError, connect, simulation_trust

url, machine, policy, password = sys.argv[1:]
try:
    with connect(url, url, simulation_trust(machine, json.loads(policy))) as client:
        client.login("alice", password)
    print(json.dumps(["logged in", None]))
except GaiwanError as error:
    print(json.dumps([error.code, error.reason]))
