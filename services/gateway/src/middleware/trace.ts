import { beginSpan, inTraceContext, markError, runInRequest, SpanKind } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { exchangeOf } from '../http/exchange.ts';

/** One server span a request, named by its route pattern; what is called from here carries its context and deadline. */
export function trace(): RequestHandler {
  return (request, response, next) => {
    const exchange = exchangeOf(request);
    const { traceparent, tracestate } = request.headers;
    const { span, context } = beginSpan(request.method, {
      kind: SpanKind.SERVER,
      ...(typeof traceparent === 'string'
        ? { parent: { traceparent, ...(typeof tracestate === 'string' ? { tracestate } : {}) } }
        : {}),
    });
    exchange.span = span;
    response.setHeader('x-trace-id', span.spanContext().traceId);
    exchange.onEnd(() => {
      span.updateName(`${request.method} ${exchange.endpoint}`);
      span.setAttribute('http.request.method', request.method);
      span.setAttribute('http.route', exchange.endpoint);
      span.setAttribute('http.response.status_code', response.statusCode);
      if (exchange.failure && response.statusCode >= 500) markError(span, exchange.failure);
      span.end();
    });
    inTraceContext(context, () => runInRequest(exchange, next));
  };
}
