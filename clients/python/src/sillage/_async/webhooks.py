"""Webhooks of the account: who is told of the end of its jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .._values import given, path_of
from ..models import (
    CreatedWebhook,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookList,
)
from ._transport import AsyncTransport

WebhookEvent = Literal["job.succeeded", "job.failed", "job.cancelled"]
_webhooks = "/api/v1/webhooks"


class AsyncWebhooks:
    """Webhooks that are told of every job of the account."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        url: str,
        *,
        label: str | None = None,
        events: Sequence[WebhookEvent] | None = None,
        secret: str | None = None,
    ) -> CreatedWebhook:
        """Makes one. Its `secret`, which signs what it is sent, is shown this once."""
        body = given(
            url=url, label=label, events=None if events is None else list(events), secret=secret
        )
        made: CreatedWebhook = await self._transport.answer(
            CreatedWebhook, "POST", _webhooks, json=body
        )
        return made

    async def list(self) -> WebhookList:
        page: WebhookList = await self._transport.answer(WebhookList, "GET", _webhooks)
        return page

    async def delete(self, webhook: Webhook | CreatedWebhook | str) -> None:
        """Removes it with its deliveries."""
        await self._transport.answer(None, "DELETE", path_of(f"{_webhooks}/{{id}}", id=webhook))

    async def test(self, webhook: Webhook | CreatedWebhook | str) -> WebhookDelivery:
        """Sends it a test, which tells of no job."""
        sent: WebhookDelivery = await self._transport.answer(
            WebhookDelivery, "POST", path_of(f"{_webhooks}/{{id}}/test", id=webhook)
        )
        return sent

    async def deliveries(
        self,
        *,
        limit: int | None = None,
        before: str | None = None,
        state: Literal["pending", "delivered", "failed"] | None = None,
        webhook: Webhook | CreatedWebhook | str | None = None,
    ) -> WebhookDeliveryPage:
        """What was told to webhooks, with each attempt, newest first."""
        of = webhook if webhook is None or isinstance(webhook, str) else webhook.id
        page: WebhookDeliveryPage = await self._transport.answer(
            WebhookDeliveryPage,
            "GET",
            "/api/v1/webhook-deliveries",
            query=given(limit=limit, before=before, state=state, webhook_id=of),
        )
        return page

    async def redeliver(self, delivery: WebhookDelivery | str) -> WebhookDelivery:
        """Sends a delivery once more, also one of a job's own webhook."""
        sent: WebhookDelivery = await self._transport.answer(
            WebhookDelivery,
            "POST",
            path_of("/api/v1/webhook-deliveries/{id}/redeliver", id=delivery),
        )
        return sent
