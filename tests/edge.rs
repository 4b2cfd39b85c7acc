//! The edge against local servers that play the other side of the wire.

#[path = "edge/calls.rs"]
mod calls;
#[path = "edge/inbound.rs"]
mod inbound;
#[path = "edge/outbound.rs"]
mod outbound;
#[path = "edge/socket.rs"]
mod socket;
#[path = "edge/support.rs"]
mod support;
#[path = "edge/webhook.rs"]
mod webhook;
