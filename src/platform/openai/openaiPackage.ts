/** A bundle of its own, loaded when a model of an endpoint is first asked: the command line and the server start without it. */
export { APIConnectionError, APIError, OpenAI } from 'openai';
