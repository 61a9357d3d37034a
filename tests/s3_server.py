"""A server that speaks S3 on this machine, for tests that have one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

__all__ = ["s3_bucket"]


@contextmanager
def s3_bucket() -> Iterator[str]:
    """The URL of an empty bucket; the environment says where its server is until the block ends."""
    server_of = pytest.importorskip("moto.server").ThreadedMotoServer
    pytest.importorskip("s3fs")
    client_of = pytest.importorskip("boto3").client
    server = server_of(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "of-the-test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        client_of("s3").create_bucket(Bucket="bench")
        yield "s3://bench"
    server.stop()
