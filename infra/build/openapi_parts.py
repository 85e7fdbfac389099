"""What the OpenAPI document says once for every operation: who may call, what can go wrong, in both languages."""

from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import Tag

from mizan.entrypoints.problem_texts import KINDS
from mizan.entrypoints.problems import CONTENT_TYPE, TYPE_PREFIX
from mizan.entrypoints.validation_errors import header_name

Part = dict[str, Any]

VERSION = "0.1.0"

INFORMATION: Part = {
    "title": "Mizan",
    "version": VERSION,
    "openapi_version": "3.1.0",
    "summary": "Bill for government services, paid on any rail. · فوترة الخدمات الحكومية وتحصيلها بكل الوسائل.",
    "description": (
        "Amounts are whole fils (12500 is BHD 12.500); references are strings of 18 digits; instants are UTC and "
        "business dates Bahrain's. Every request may be repeated. Errors are RFC 9457 problems in English and Arabic; "
        "`type` is stable and `errors` names every wrong field.\n\n"
        "المبالغ بالفلس الصحيح (12500 تعني 12.500 دينار)، والأرقام المرجعية نصوص من 18 رقمًا، والأوقات بالتوقيت العالمي "
        "وتواريخ الأعمال بتوقيت البحرين. يمكن إعادة أي طلب بأمان. الأخطاء بصيغة RFC 9457 بالعربية والإنجليزية، "
        "وقيمة `type` ثابتة، وتذكر `errors` كل حقل غير صحيح."
    ),
    "tags": [
        Tag(name="Invoices", description="What is owed. · الفواتير."),
        Tag(name="Payments", description="Attempts to pay it. · عمليات الدفع."),
        Tag(name="Refunds", description="Money that goes back: refunds, cash-out codes, credits. · استرداد المبالغ."),
        Tag(name="Disputes", description="What a payer's bank takes back, or tries to. · الاعتراضات."),
        Tag(name="Suspense", description="Captured money that fits no invoice. · المبالغ المعلقة."),
        Tag(name="Services", description="What people pay for, and how far from cash it is. · الخدمات."),
        Tag(name="Webhooks", description="Being told. · الإشعارات."),
        Tag(name="Reports", description="The books, and every day reconciled. · التقارير والمطابقة."),
        Tag(name="Pay pages", description="For payers. · صفحات الدفع."),
        Tag(name="Gateways", description="For payment gateways, in their own protocols. · بوابات الدفع."),
        Tag(
            name="Billers",
            description="For banks, kiosks and agents: bills shown, payments told of. · للبنوك وأجهزة الدفع والوكلاء.",
        ),
        Tag(name="Operators", description="Who runs kiosks and agents' counters. · المشغّلون."),
        Tag(name="About", description="The API itself. · عن الواجهة."),
    ],
}

SECURITY_SCHEMES: Part = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "`mzk_…`; scoped, expiring."},
    "Bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A person's token (JWT) of the platform's identity issuer, or the same key. Where only this is "
        "named, a person has to call.",
    },
}

_TEXT: Part = {"type": "string"}

SCHEMAS: Part = {
    "ProblemFieldModel": {
        "type": "object",
        "description": "One wrong field.",
        "required": ["field", "code", "message", "message_ar"],
        "properties": {
            "field": {**_TEXT, "description": "Its path.", "examples": ["lines.0.amount"]},
            "code": {**_TEXT, "description": "Stable.", "examples": ["amount_not_positive"]},
            "message": _TEXT,
            "message_ar": _TEXT,
        },
    },
    "ProblemModel": {
        "type": "object",
        "description": "A problem (RFC 9457). `illegal-transition` adds `current` and `possible`, `stale-view` "
        "`current` (fils), `above-limit` `limit` (fils), `route-open` `available`, `method-unavailable` `method` and "
        "`available`.",
        "required": [
            "type", "title", "title_ar", "status", "detail", "detail_ar", "instance", "correlation_id", "errors"
        ],
        "properties": {
            "type": {"type": "string", "format": "uri", "examples": [f"{TYPE_PREFIX}invalid-input"]},
            "title": _TEXT,
            "title_ar": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "detail_ar": _TEXT,
            "instance": _TEXT,
            "correlation_id": {**_TEXT, "description": "What to quote."},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemFieldModel"}},
            "current": {
                "type": ["string", "integer"],
                "description": "The state that the object is in; what is left by now, in fils.",
            },
            "limit": {"type": "integer", "description": "The most that you may approve, in fils."},
            "method": {**_TEXT, "description": "The way to pay that is down."},
            "available": {"type": "array", "items": _TEXT, "description": "Ways to pay that are open, by `method`."},
            "possible": {"type": "array", "items": _TEXT, "description": "Events that are possible in it."},
        },
    },
}  # fmt: skip

PARAMETERS: Part = {
    "CorrelationId": {
        "name": "X-Correlation-Id",
        "in": "header",
        "required": False,
        "description": "1 to 64 letters, digits, `-` and `_`; anything else is replaced, not refused. "
        "Found again in the answer, in logs and in the reconciliation report.",
        "schema": {"type": "string"},
    }
}

_HEADERS: Part = {"X-Correlation-Id": {"description": "The call's own id, or yours.", "schema": _TEXT}}
_REPLAYED: Part = {"description": "`true` where the same request came before.", "schema": _TEXT}

_SLUGS = {
    "400": ["malformed-request"],
    "401": ["unauthenticated"],
    "403": ["forbidden", "person-required", "not-the-maker", "above-limit", "finance-only"],
    "404": ["not-found"],
    "409": ["conflict", "idempotency-conflict", "illegal-transition", "route-open", "same-person"],
    "412": ["stale-view"],
    "413": ["too-large"],
    "415": ["unsupported-media-type"],
    "422": ["invalid-input"],
    "429": [],
    "500": ["internal"],
    "502": ["gateway-unavailable", "outcome-unknown"],
    "503": ["method-unavailable", "busy"],
}


def _response(status: str) -> Part:
    titles = [f"`{slug}`: {KINDS[slug].title.en} · {KINDS[slug].title.ar}" for slug in _SLUGS[status]]
    return {
        "description": "; ".join(titles) or "`too-many-requests`: Too many requests · طلبات كثيرة",
        "headers": _HEADERS if status not in ("401", "429") else {},
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemModel"}}},
    }


RESPONSES: Part = {f"Problem{status}": _response(status) for status in _SLUGS}


def _delivery(summary: str, name: str) -> Part:
    token = {"name": "token", "in": "path", "required": True, "schema": _TEXT, "description": "The merchant account's."}
    gateway = {"name": "gateway", "in": "path", "required": True, "schema": _TEXT}
    answer = {"text/plain": {"schema": _TEXT}}
    return {
        "post": {
            "tags": ["Gateways"],
            "summary": summary,
            "description": "In the gateway's own protocol. Kept as it came, judged later; nothing is paid by it.",
            "operationId": name,
            "parameters": [gateway, token],
            "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}},
            "responses": {
                "200": {
                    "description": "The gateway's own acknowledgement, the same for every body.",
                    "content": answer,
                },
                "404": {"description": "No such gateway.", "content": answer},
            },
            "security": [],
        }
    }


def _biller_call(summary: str, name: str, content_type: str, description: str) -> Part:
    token = {"name": "token", "in": "path", "required": True, "schema": _TEXT, "description": "The merchant account's."}
    protocol = {"name": "protocol", "in": "path", "required": True, "schema": _TEXT}
    answer = {content_type: {"schema": {"type": "string" if "xml" in content_type else "object"}}}
    named = [{"name": "GUID", "in": "query", "required": True, "schema": _TEXT}] if "xml" in content_type else []
    return {
        "post": {
            "tags": ["Billers"],
            "summary": summary,
            "description": description,
            "operationId": name,
            "parameters": [protocol, token, *named],
            "requestBody": {"content": answer},
            "responses": {
                "200": {"description": "The protocol's own answer, signed.", "content": answer},
                "400": {"description": "Signed JSON that cannot be read.", "content": answer},
                "401": {"description": "Signed JSON whose signature or time is wrong.", "content": answer},
                "404": {"description": "No such biller address.", "content": {"text/plain": {"schema": _TEXT}}},
            },
            "security": [],
        }
    }


_XML, _JSON = "application/xml", "application/json"
_SHOWN = "Amount, dates, who bills, a masked name. Unknown numbers and wrong check digits are one answer."
_KEPT = "Kept as it came before it is answered; booked after. The same notice again is the same answer."
_SOLD = "Answered while the payer waits: the cash goes back where it is refused. The same transaction is one voucher."
BILLER = "/billers/{protocol}/{token}"

GATEWAY_PATHS: Part = {
    f"{BILLER}/postpaid/BillPull": _biller_call("MFEP: a bill", "mfep_bill_pull", _XML, _SHOWN),
    f"{BILLER}/prepaid/ValidatePayment": _biller_call("MFEP: may this be taken?", "mfep_validate", _XML, _SHOWN),
    f"{BILLER}/payment/ReceivePaymentNotification": _biller_call(
        "MFEP: payments made, settled, reversed", "mfep_notify", _XML, _KEPT
    ),
    f"{BILLER}/inquiries": _biller_call("Kiosks and agents: a bill", "kiosk_inquire", _JSON, _SHOWN),
    f"{BILLER}/validations": _biller_call("Kiosks and agents: may this be taken?", "kiosk_validate", _JSON, _SHOWN),
    f"{BILLER}/notices": _biller_call("Kiosks and agents: cash was taken", "kiosk_notify", _JSON, _KEPT),
    f"{BILLER}/reversals": _biller_call("Kiosks and agents: cash was given back", "kiosk_reverse", _JSON, _KEPT),
    f"{BILLER}/vouchers": _biller_call("Kiosks and agents: sell a voucher", "kiosk_sell_voucher", _JSON, _SOLD),
    f"{BILLER}/voucher-cancellations": _biller_call(
        "Kiosks and agents: take a voucher back", "kiosk_cancel_voucher", _JSON, _SOLD
    ),
    "/callbacks/{gateway}/{token}": _delivery("A gateway's notification", "receive_notification"),
    "/callbacks/{gateway}/{token}/error": _delivery("A gateway's notice of failure", "receive_error_notice"),
}
"""The one function that speaks no JSON and loads no framework says nothing of itself; this says it."""


def complete_operation(
    path: str, method: str, operation: Part, scopes: list[str], *, needs_person: bool = False
) -> None:
    """Add what every keyed operation has: its scopes, the correlation id, and each problem it can answer with."""
    if not scopes:
        raise ValueError(f"{method.upper()} {path} asks for no scope")
    operation["security"] = [{"Bearer": scopes}] if needs_person else [{"ApiKey": scopes}, {"Bearer": scopes}]
    for parameter in operation.setdefault("parameters", []):
        if parameter["in"] == "header":
            parameter["name"] = header_name(parameter["name"])
    operation["parameters"].append({"$ref": "#/components/parameters/CorrelationId"})
    for status in _statuses(path, method, has_body="requestBody" in operation):
        operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    for status, response in operation["responses"].items():
        if "$ref" not in response:
            response["headers"] = _HEADERS | ({"Idempotent-Replayed": _REPLAYED} if status == "201" else {})


def _statuses(path: str, method: str, *, has_body: bool) -> list[str]:
    statuses = ["401", "403", "422", "429", "500", "503"]
    if "{" in path or method == "get":
        statuses.append("404")
    if method in ("post", "patch"):
        statuses += ["409"]
    if method == "post" and path.endswith(("/refunds", "/credits")):
        statuses.append("412")
    if has_body:
        statuses += ["400", "413", "415"]
    return sorted(statuses)
