"""Electronic noses: devices, readings, calibration, classification, the live stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

from .._values import Moment, given, moment, path_of, slices
from ..inputs import CalibrationCertificate, CalibrationEnvironmentRequest, CalibrationSpanRequest
from ..inputs import Reading as ReadingInput
from ..models import (
    CalibrateResponse,
    CalibrationList,
    Classification,
    Device,
    DeviceList,
    IngestedReadings,
    Reading,
    ReadingList,
    SensorArray,
    SensorArrayClassification,
    SensorArrayList,
    SensorHistory,
    StreamTicket,
)
from ._transport import AsyncTransport
from .live import AsyncLive

#: Readings of one request; more are split.
READINGS_A_REQUEST = 10_000
_devices = "/api/v1/sensors/devices"
_device = "/api/v1/sensors/devices/{id}"
_arrays = "/api/v1/sensors/arrays"
_array = "/api/v1/sensors/arrays/{id}"


class AsyncSensors:
    """Electronic noses, their readings and what they are smelling."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(self, name: str, *, sensor_type: str | None = None) -> Device:
        """Registers a device; the answer lists its channels."""
        device: Device = await self._transport.answer(
            Device, "POST", _devices, json=given(name=name, sensor_type=sensor_type)
        )
        return device

    async def list(self, *, limit: int | None = None, before: str | None = None) -> DeviceList:
        """A page of devices, newest first."""
        page: DeviceList = await self._transport.answer(
            DeviceList, "GET", _devices, query=given(limit=limit, before=before)
        )
        return page

    async def get(self, device: Device | str) -> Device:
        now: Device = await self._transport.answer(Device, "GET", path_of(_device, id=device))
        return now

    async def delete(self, device: Device | str) -> None:
        """Removes a device with its readings and calibrations."""
        await self._transport.answer(None, "DELETE", path_of(_device, id=device))

    async def send(
        self, device: Device | str, readings: Iterable[ReadingInput]
    ) -> IngestedReadings:
        """Stores readings. A reading sent again is stored once, so this may be repeated.

        More than 10,000 go in several requests, each all or nothing; the counts are of all.
        """
        total: IngestedReadings | None = None
        for some in slices(tuple(readings), READINGS_A_REQUEST):
            part: IngestedReadings = await self._transport.answer(
                IngestedReadings,
                "POST",
                path_of(f"{_device}/readings", id=device),
                json={"readings": list(some)},
                is_repeatable=True,
            )
            total = part if total is None else _sum(total, part)
        if total is None:
            raise ValueError("there are no readings to send")
        return total

    async def readings(
        self,
        device: Device | str,
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        limit: int | None = None,
    ) -> ReadingList:
        """A page of stored readings, oldest first; `next` is the `start` of the following one."""
        page: ReadingList = await self._transport.answer(
            ReadingList,
            "GET",
            path_of(f"{_device}/readings", id=device),
            query={"from": moment(start), "to": moment(end), "limit": limit},
        )
        return page

    async def each_reading(
        self, device: Device | str, *, start: Moment | None = None, end: Moment | None = None
    ) -> AsyncIterator[Reading]:
        """Every stored reading of a span, oldest first, page after page."""
        next_start: Moment | None = start
        while True:
            page = await self.readings(device, start=next_start, end=end, limit=READINGS_A_REQUEST)
            for reading in page.readings:
                yield reading
            next_start = page.next
            if next_start is None:
                return

    async def history(
        self,
        device: Device | str,
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        points: int | None = None,
        resolution: str | None = None,
    ) -> SensorHistory:
        """Readings over time, as fine as a plot of so many `points` can show them."""
        history: SensorHistory = await self._transport.answer(
            SensorHistory,
            "GET",
            path_of(f"{_device}/history", id=device),
            query={
                "from": moment(start),
                "to": moment(end),
                "points": points,
                "resolution": resolution,
            },
        )
        return history

    async def calibrate(
        self,
        device: Device | str,
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        span: CalibrationSpanRequest | None = None,
        environment: CalibrationEnvironmentRequest | None = None,
        certificate: CalibrationCertificate | None = None,
        valid_days: int | None = None,
        dry_run: bool | None = None,
    ) -> CalibrateResponse:
        """Takes a span of readings in clean air as the baseline; an end left out is open.

        `span` is a second point, in a gas of known levels; `environment` corrects for temperature
        and humidity. `dry_run` tells what would come of it, and keeps nothing.
        """
        calibrated: CalibrateResponse = await self._transport.answer(
            CalibrateResponse,
            "POST",
            path_of(f"{_device}/calibrations", id=device),
            json=given(
                **{"from": moment(start), "to": moment(end)},
                span=span,
                environment=environment,
                certificate=certificate,
                valid_days=valid_days,
                dry_run=dry_run,
            ),
        )
        return calibrated

    async def calibrations(
        self, device: Device | str, *, before: int | None = None
    ) -> CalibrationList:
        """The calibrations it has had, newest first, with their certificates."""
        page: CalibrationList = await self._transport.answer(
            CalibrationList,
            "GET",
            path_of(f"{_device}/calibrations", id=device),
            query=given(before=before),
        )
        return page

    async def classification(
        self, device: Device | str, *, at: Moment | None = None
    ) -> Classification:
        """What is it smelling? Of the newest window, or of the one that ended `at`."""
        answer: Classification = await self._transport.answer(
            Classification,
            "GET",
            path_of(f"{_device}/classification", id=device),
            query=given(at=moment(at)),
        )
        return answer

    async def create_array(self, name: str, devices: Iterable[Device | str]) -> SensorArray:
        """Declares 2 to 16 devices of one sensor type that smell the same air."""
        ids = [device if isinstance(device, str) else device.id for device in devices]
        array: SensorArray = await self._transport.answer(
            SensorArray, "POST", _arrays, json={"name": name, "devices": ids}
        )
        return array

    async def arrays(self) -> SensorArrayList:
        """The arrays, newest first."""
        page: SensorArrayList = await self._transport.answer(SensorArrayList, "GET", _arrays)
        return page

    async def delete_array(self, array: SensorArray | str) -> None:
        """Removes an array; its devices stay."""
        await self._transport.answer(None, "DELETE", path_of(_array, id=array))

    async def classify_array(
        self, array: SensorArray | str, *, at: Moment | None = None
    ) -> SensorArrayClassification:
        """What do the devices of an array smell together? `members` says who took part."""
        answer: SensorArrayClassification = await self._transport.answer(
            SensorArrayClassification,
            "GET",
            path_of(f"{_array}/classification", id=array),
            query=given(at=moment(at)),
        )
        return answer

    def live(self, device: Device | str, *, session: str | None = None) -> AsyncLive:
        """A live stream, to be used in a `with`: readings in, classifications out.

        It reconnects by itself and sends again what was not settled. Under the same `session` a
        program that was started anew goes on where it stopped.
        """
        return AsyncLive(self._transport, path_of(f"{_device}/stream", id=device), session=session)

    async def stream_ticket(self, device: Device | str) -> StreamTicket:
        """A ticket for a page in a browser, good for one connection within half a minute."""
        ticket: StreamTicket = await self._transport.answer(
            StreamTicket, "POST", path_of(f"{_device}/stream-tickets", id=device)
        )
        return ticket


def _sum(one: IngestedReadings, other: IngestedReadings) -> IngestedReadings:
    """Counts added, lists joined."""
    names = IngestedReadings.model_fields
    return IngestedReadings(
        **{name: _added(getattr(one, name), getattr(other, name)) for name in names}
    )


def _added(one: Any, other: Any) -> Any:
    return one if other is None else other if one is None else one + other
