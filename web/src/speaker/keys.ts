/** Under which names this page keeps things on the device. */

/** In this tab's storage: the server's host key. */
export const HOST_KEY = "dragoman.hostKey";
/** What was chosen the last time that a session was made. */
export const CHOICES = "dragoman.choices";
