"""A plain generated gRPC client of Teaclave's contract: calls as lines of JSON in, answers as lines of JSON out.

    client.py grpcio|grpclib GENERATED < calls

The first line has the addresses of the ports and the certificate that they present.
"""
import asyncio
import importlib
import json
import ssl
import sys

from google.protobuf import json_format

kind, generated = sys.argv[1:]
sys.path.insert(0, generated)
PREFIX = "teaclave.teaclave_"
SERVICES = {
    "TeaclaveAuthenticationApi": ("authentication", PREFIX + "authentication_service"),
    "TeaclaveFrontend": ("frontend", PREFIX + "frontend_service"),
}


def request_of(call):
    module = importlib.import_module(SERVICES[call["service"]][1] + "_pb2")
    descriptor = module.DESCRIPTOR.services_by_name[call["service"]]
    name = descriptor.methods_by_name[call["method"]].input_type.name
    return json_format.ParseDict(call["request"], getattr(module, name)())


def answer(code, text="", reply=None, status=b""):
    return {"code": code, "text": text or "", "reply": reply or {}, "status": status.hex()}


def good(reply):
    return answer(0, reply=json_format.MessageToDict(reply))


async def with_grpcio(ports, lines, tell):
    import grpc

    credentials = grpc.ssl_channel_credentials(ports["certificate"].encode())
    options = [("grpc.ssl_target_name_override", "localhost")]
    stubs = {}
    for service, (port, module) in SERVICES.items():
        channel = grpc.secure_channel(ports[port], credentials, options)
        stub = getattr(importlib.import_module(module + "_pb2_grpc"), service + "Stub")
        stubs[service] = stub(channel)
    for call in lines:
        method = getattr(stubs[call["service"]], call["method"])
        try:
            tell(good(method(request_of(call), metadata=list(call["metadata"].items()), timeout=60)))
        except grpc.RpcError as error:
            found = dict(error.trailing_metadata() or ())
            status = found.get("grpc-status-details-bin", b"")
            tell(answer(error.code().value[0], error.details(), status=status))


async def with_grpclib(ports, lines, tell):
    from grpclib.client import Channel
    from grpclib.encoding.base import StatusDetailsCodecBase
    from grpclib.exceptions import GRPCError

    class AsSent(StatusDetailsCodecBase):
        def encode(self, status, message, details):
            raise NotImplementedError

        def decode(self, status, message, data):
            return data

    # As Teaclave's own client does: the name is not looked at.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=ports["certificate"])
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(["h2"])
    stubs, channels = {}, []
    for service, (port, module) in SERVICES.items():
        host, number = ports[port].split(":")
        channel = Channel(host, int(number), ssl=context, status_details_codec=AsSent())
        channels.append(channel)
        stub = getattr(importlib.import_module(module + "_grpc"), service + "Stub")
        stubs[service] = stub(channel)
    for call in lines:
        method = getattr(stubs[call["service"]], call["method"])
        # The library sends no empty values.
        metadata = {key: value for key, value in call["metadata"].items() if value}
        try:
            tell(good(await method(request_of(call), metadata=metadata, timeout=60)))
        except GRPCError as error:
            tell(answer(error.status.value, error.message, status=error.details or b""))
    for channel in channels:
        channel.close()


def main():
    lines = (json.loads(line) for line in sys.stdin)
    ports = next(lines)

    def tell(value):
        print(json.dumps(value), flush=True)

    asyncio.run({"grpcio": with_grpcio, "grpclib": with_grpclib}[kind](ports, lines, tell))


main()
