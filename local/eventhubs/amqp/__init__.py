"""The part of AMQP 1.0 that a broker needs: values, frames, performatives and message sections."""
