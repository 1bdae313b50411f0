from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

OWNER = "0a1b2c3d4e5f" * 5 + "6789"
LINE = (
    f"{OWNER} shop-images [05/Mar/2024:08:09:10 +0000] 203.0.113.7 arn:aws:iam::111122223333:user/ann 3E57427F3EXA "
    'REST.GET.OBJECT img/a%2520b.png "GET /shop-images/img/a%20b.png HTTP/1.1" 200 - 1834 5120 52 48 '
    '"https://shop.example/" "Mozilla/5.0 (X11)" - s9lzHYrFp76ZVx= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader '
    "shop-images.s3.eu-west-1.amazonaws.com TLSv1.3 - -"
)
FIELDS: dict[str, Any] = {
    **{"logged_at": "2024-03-05T08:09:10", "severity": 9, "client_ip": "203.0.113.7", "method": "GET", "status": 200},
    **{"url": "/shop-images/img/a%20b.png", "bytes": 1834, "duration_ms": 52.0, "referer": "https://shop.example/"},
    **{"user_id": "arn:aws:iam::111122223333:user/ann", "user_agent": "Mozilla/5.0 (X11)", "format": "aws_s3"},
    "attrs": f'{{"bucket_owner":"{OWNER}","bucket":"shop-images","request_id":"3E57427F3EXA",'
    '"operation":"REST.GET.OBJECT","key":"img/a%2520b.png","object_size":"5120","turn_around_time":"48",'
    '"host_id":"s9lzHYrFp76ZVx=","signature_version":"SigV4","cipher_suite":"ECDHE-RSA-AES128-GCM-SHA256",'
    '"authentication_type":"AuthHeader","host_header":"shop-images.s3.eu-west-1.amazonaws.com",'
    '"tls_version":"TLSv1.3"}',
}
CASES: list[tuple[str, dict[str, Any]]] = [
    (LINE, FIELDS),
    (LINE + " eu-west-1 and more", FIELDS | {"attrs": FIELDS["attrs"][:-1] + ',"source_region":"eu-west-1"}'}),
    (  # by the service itself: no address, no request
        f"{OWNER} shop-images [05/Mar/2024:08:09:10 +0000] - - 3E57427F3EXA S3.EXPIRE.OBJECT img/a.png "
        '"-" - - - - - - "-" "-" -',
        {"logged_at": "2024-03-05T08:09:10", "format": "aws_s3"}
        | {
            "attrs": f'{{"bucket_owner":"{OWNER}","bucket":"shop-images","request_id":"3E57427F3EXA",'
            '"operation":"S3.EXPIRE.OBJECT","key":"img/a.png"}'
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_server_access_logs(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | expected
