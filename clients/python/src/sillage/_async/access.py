"""Keys, OAuth clients, the account, administration."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any, Literal
from urllib.parse import urlencode

from .._values import Moment, given, moment, path_of
from ..inputs import DecideConsentsConsent
from ..models import (
    Account,
    AdminJob,
    AdminJobList,
    AuditList,
    AuditVerification,
    ClientList,
    Consents,
    CreatedKey,
    Erasure,
    ErasureList,
    Fleet,
    Key,
    KeyList,
    RotatedSigningKey,
    Tenant,
    TenantList,
    Token,
    Usage,
)
from ._transport import AsyncTransport

Tier = Literal["free", "basic", "pro", "enterprise"]
#: Says that a field shall have no value, where None says that it stays as it is.
NEVER: Literal["never"] = "never"


class _Credentials:
    """What keys and OAuth clients have in common."""

    _path = ""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        *,
        label: str = "",
        scopes: Sequence[str] | None = None,
        expires_at: Moment | None = None,
        address_ranges: Sequence[str] | None = None,
    ) -> CreatedKey:
        """Makes one. Its `secret` is shown this once."""
        made: CreatedKey = await self._transport.answer(
            CreatedKey,
            "POST",
            self._path,
            json=_credential(label, scopes, expires_at, address_ranges),
        )
        return made

    async def update(
        self,
        credential: Key | CreatedKey | str,
        *,
        label: str | None = None,
        scopes: Sequence[str] | None = None,
        expires_at: Moment | Literal["never"] | None = None,
        address_ranges: Sequence[str] | None = None,
    ) -> Key:
        """Changes what is given; `expires_at="never"` takes its end away."""
        body = _credential(label, scopes, expires_at, address_ranges)
        if expires_at == NEVER:
            body["expires_at"] = None
        changed: Key = await self._transport.answer(
            Key, "PATCH", path_of(f"{self._path}/{{id}}", id=credential), json=body
        )
        return changed

    async def rotate(
        self, credential: Key | CreatedKey | str, *, overlap_s: int | None = None
    ) -> CreatedKey:
        """Makes a successor; the old one holds for `overlap_s` seconds more, a day unless said."""
        made: CreatedKey = await self._transport.answer(
            CreatedKey,
            "POST",
            path_of(f"{self._path}/{{id}}/rotate", id=credential),
            json=given(overlap_s=overlap_s),
        )
        return made

    async def revoke(self, credential: Key | CreatedKey | str) -> Key:
        """Ends it everywhere at once; may be done twice."""
        revoked: Key = await self._transport.answer(
            Key, "DELETE", path_of(f"{self._path}/{{id}}", id=credential)
        )
        return revoked


class AsyncKeys(_Credentials):
    """Keys of the tenant."""

    _path = "/api/v1/keys"

    async def list(self, *, limit: int | None = None, before: str | None = None) -> KeyList:
        """A page of keys, newest first, revoked ones included."""
        page: KeyList = await self._transport.answer(
            KeyList, "GET", "/api/v1/keys", query=given(limit=limit, before=before)
        )
        return page


class AsyncOAuth(_Credentials):
    """OAuth clients of the tenant, and their tokens."""

    _path = "/api/v1/oauth/clients"

    async def list(self, *, limit: int | None = None, before: str | None = None) -> ClientList:
        """A page of clients, newest first, revoked ones included."""
        page: ClientList = await self._transport.answer(
            ClientList, "GET", "/api/v1/oauth/clients", query=given(limit=limit, before=before)
        )
        return page

    async def token(
        self, client_id: str, client_secret: str, *, scopes: Sequence[str] = ()
    ) -> Token:
        """A short token for a client's credentials; it serves as an `api_key`."""
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            **given(scope=" ".join(scopes) or None),
        }
        body = urlencode(form).encode()
        token: Token = await self._transport.answer(
            Token,
            "POST",
            "/oauth/token",
            make_body=lambda: body,
            headers={"content-type": "application/x-www-form-urlencoded"},
            is_repeatable=True,
        )
        return token


class AsyncAccountApi:
    """The caller's own tenant."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get(self) -> Account:
        """Tenant and tier, what the tier allows, and how much of the month is left."""
        account: Account = await self._transport.answer(Account, "GET", "/api/v1/account")
        return account

    async def usage(
        self,
        *,
        first_day: date | str | None = None,
        last_day: date | str | None = None,
        group_by: Sequence[Literal["day", "endpoint", "key"]] | None = None,
    ) -> Usage:
        """What was used, summed by day, endpoint and key as asked; the last 30 days unless said."""
        usage: Usage = await self._transport.answer(
            Usage,
            "GET",
            "/api/v1/account/usage",
            query={
                "from": first_day,
                "to": last_day,
                "group_by": None if group_by is None else list(group_by),
            },
        )
        return usage

    async def audit(self, *, limit: int | None = None, before: int | None = None) -> AuditList:
        """A page of the audit log, newest first."""
        page: AuditList = await self._transport.answer(
            AuditList, "GET", "/api/v1/account/audit", query=given(limit=limit, before=before)
        )
        return page

    async def consents(self) -> Consents:
        """What the account agrees to."""
        consents: Consents = await self._transport.answer(
            Consents, "GET", "/api/v1/account/consents"
        )
        return consents

    async def decide(self, consents: Sequence[DecideConsentsConsent]) -> Consents:
        """Agrees, or does so no longer."""
        decided: Consents = await self._transport.answer(
            Consents, "PUT", "/api/v1/account/consents", json={"consents": list(consents)}
        )
        return decided

    async def export(self) -> AsyncIterator[dict[str, Any]]:
        """All that is kept of the account, a dict with its `type` at a time.

        The last one is of type `end`; without it the export broke off and an error is raised.
        """
        async with self._transport.stream("GET", "/api/v1/account/export") as response:
            kind: str | None = None
            async for line in response.aiter_lines():
                if line:
                    row: dict[str, Any] = json.loads(line)
                    kind = row.get("type")
                    yield row
        if kind != "end":
            raise ConnectionError("the export broke off before its last line")

    async def erase(self, *, confirm: str) -> Erasure:
        """Erases the account with all that belongs to it; `confirm` is the tenant's id."""
        erasure: Erasure = await self._transport.answer(
            Erasure, "DELETE", "/api/v1/account", query={"confirm": confirm}
        )
        return erasure


class AsyncAdmin:
    """Other tenants; needs the scope `admin`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create_tenant(self, name: str, *, tier: Tier | None = None) -> Tenant:
        tenant: Tenant = await self._transport.answer(
            Tenant, "POST", "/api/v1/admin/tenants", json=given(name=name, tier=tier)
        )
        return tenant

    async def tenants(
        self,
        *,
        limit: int | None = None,
        before: str | None = None,
        search: str | None = None,
        tier: Tier | None = None,
    ) -> TenantList:
        """A page of tenants, newest first."""
        page: TenantList = await self._transport.answer(
            TenantList,
            "GET",
            "/api/v1/admin/tenants",
            query=given(limit=limit, before=before, search=search, tier=tier),
        )
        return page

    async def tenant(self, tenant: Tenant | str) -> Tenant:
        now: Tenant = await self._transport.answer(
            Tenant, "GET", path_of("/api/v1/admin/tenants/{id}", id=tenant)
        )
        return now

    async def update_tenant(
        self, tenant: Tenant | str, *, tier: Tier | None = None, suspended: bool | None = None
    ) -> Tenant:
        """Changes what is given. Of a suspended tenant no credential holds."""
        changed: Tenant = await self._transport.answer(
            Tenant,
            "PATCH",
            path_of("/api/v1/admin/tenants/{id}", id=tenant),
            json=given(tier=tier, suspended=suspended),
        )
        return changed

    async def erase_tenant(self, tenant: Tenant | str, *, confirm: str) -> Erasure:
        """Erases a tenant with all that belongs to it; `confirm` is its id once more."""
        erasure: Erasure = await self._transport.answer(
            Erasure,
            "DELETE",
            path_of("/api/v1/admin/tenants/{id}", id=tenant),
            query={"confirm": confirm},
        )
        return erasure

    async def erasures(self) -> ErasureList:
        erasures: ErasureList = await self._transport.answer(
            ErasureList, "GET", "/api/v1/admin/erasures"
        )
        return erasures

    async def create_key(
        self,
        tenant: Tenant | str,
        *,
        label: str = "",
        scopes: Sequence[str] | None = None,
        expires_at: Moment | None = None,
        address_ranges: Sequence[str] | None = None,
    ) -> CreatedKey:
        """A key for another tenant."""
        made: CreatedKey = await self._transport.answer(
            CreatedKey,
            "POST",
            path_of("/api/v1/admin/tenants/{id}/keys", id=tenant),
            json=_credential(label, scopes, expires_at, address_ranges),
        )
        return made

    async def keys(self, tenant: Tenant | str) -> KeyList:
        page: KeyList = await self._transport.answer(
            KeyList, "GET", path_of("/api/v1/admin/tenants/{id}/keys", id=tenant)
        )
        return page

    async def clients(self, tenant: Tenant | str) -> ClientList:
        page: ClientList = await self._transport.answer(
            ClientList, "GET", path_of("/api/v1/admin/tenants/{id}/clients", id=tenant)
        )
        return page

    async def revoke_key(self, key: Key | CreatedKey | str) -> Key:
        revoked: Key = await self._transport.answer(
            Key, "DELETE", path_of("/api/v1/admin/keys/{id}", id=key)
        )
        return revoked

    async def rotate_signing_key(self, *, overlap_s: int | None = None) -> RotatedSigningKey:
        """A new key signs tokens; those of the old one hold for `overlap_s` seconds more."""
        rotated: RotatedSigningKey = await self._transport.answer(
            RotatedSigningKey,
            "POST",
            "/api/v1/admin/signing-keys/rotate",
            json=given(overlap_s=overlap_s),
        )
        return rotated

    async def audit(
        self,
        *,
        limit: int | None = None,
        before: int | None = None,
        tenant_id: str | None = None,
        action: str | None = None,
        outcome: Literal["done", "refused", "failed"] | None = None,
    ) -> AuditList:
        """A page of the audit log of all tenants, newest first."""
        page: AuditList = await self._transport.answer(
            AuditList,
            "GET",
            "/api/v1/admin/audit",
            query=given(
                limit=limit, before=before, tenant_id=tenant_id, action=action, outcome=outcome
            ),
        )
        return page

    async def verify_audit(
        self, *, rows: int | None = None, head: str | None = None
    ) -> AuditVerification:
        """Follows the audit log's chain of hashes; `rows` and `head` are those of a time before."""
        verification: AuditVerification = await self._transport.answer(
            AuditVerification,
            "GET",
            "/api/v1/admin/audit/verification",
            query=given(rows=rows, head=head),
        )
        return verification

    async def fleet(self) -> Fleet:
        """How every process of the fleet is."""
        fleet: Fleet = await self._transport.answer(Fleet, "GET", "/api/v1/admin/fleet")
        return fleet

    async def jobs(
        self,
        *,
        limit: int | None = None,
        before: str | None = None,
        status: str | None = None,
        tenant_id: str | None = None,
    ) -> AdminJobList:
        """A page of jobs of all tenants, newest first."""
        page: AdminJobList = await self._transport.answer(
            AdminJobList,
            "GET",
            "/api/v1/admin/jobs",
            query=given(limit=limit, before=before, status=status, tenant_id=tenant_id),
        )
        return page

    async def job(self, job: AdminJob | str) -> AdminJob:
        now: AdminJob = await self._transport.answer(
            AdminJob, "GET", path_of("/api/v1/admin/jobs/{id}", id=job)
        )
        return now

    async def retry_job(self, job: AdminJob | str) -> AdminJob:
        """Tries again what failed in it."""
        changed: AdminJob = await self._transport.answer(
            AdminJob, "POST", path_of("/api/v1/admin/jobs/{id}/retry", id=job)
        )
        return changed

    async def cancel_job(self, job: AdminJob | str) -> AdminJob:
        changed: AdminJob = await self._transport.answer(
            AdminJob, "POST", path_of("/api/v1/admin/jobs/{id}/cancel", id=job)
        )
        return changed

    async def remove_job(self, job: AdminJob | str) -> None:
        """Removes one that has ended, with its input and results."""
        await self._transport.answer(None, "DELETE", path_of("/api/v1/admin/jobs/{id}", id=job))


def _credential(
    label: str | None,
    scopes: Sequence[str] | None,
    expires_at: Moment | None,
    address_ranges: Sequence[str] | None,
) -> dict[str, Any]:
    return given(
        label=label,
        scopes=None if scopes is None else list(scopes),
        expires_at=moment(expires_at),
        address_ranges=None if address_ranges is None else list(address_ranges),
    )
