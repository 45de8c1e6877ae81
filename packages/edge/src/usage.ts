/** Of `sillage edge` and of the agent itself. */
export const usage = `usage: sillage edge [run] [options]      read a sensor and send what it measures, whatever the network does
       sillage edge try [options]        show what is read, send nothing: to wire a sensor
       sillage edge status [options]     ask a running agent how it is
       sillage edge ports                list the serial ports of this machine
       sillage edge refused [options]    what the fleet refused, as NDJSON

  --config FILE     lines of NAME=value; what the environment sets, holds           (EDGE_CONFIG)
  --port PATH       serial port, as /dev/ttyUSB0                                    (SENSOR_PORT)
  --baud N          its rate (115200)                                               (SENSOR_BAUDRATE)
  --timeout S       seconds of silence after which it is opened anew (30; 0: never) (SENSOR_TIMEOUT)
  --mqtt URL        a broker nearby instead: mqtt://host:1883                       (EDGE_MQTT_URL)
  --topic T         what to subscribe to there                                      (EDGE_MQTT_TOPIC)
  --input FILE      or a file of NDJSON or CSV, - for standard input                (EDGE_INPUT)
  --format F        auto, csv or json (auto)                                        (SENSOR_FORMAT)
  --columns A,B     columns of a CSV without a header; t: time, -: passed over      (SENSOR_COLUMNS)
  --url URL         the fleet's gateway (http://127.0.0.1:8080)                     (SILLAGE_URL)
  --device ID       whose readings these are                                        (SILLAGE_DEVICE)
  --name NAME       or the device of this name, made where there is none            (SENSOR_NAME)
  --spool FILE      where readings wait for the fleet (sillage-edge.db)             (EDGE_SPOOL)
  --status URL      of status: the agent's operations port (http://127.0.0.1:9464)
  --json            of status: for programs

The key of the fleet comes by SILLAGE_API_KEY, from the environment or the file. With --input the agent ends when the
fleet has everything. All variables: docs/edge.md.
`;
