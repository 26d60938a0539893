"""A stand-in for the Qdrant server: its REST API over Qdrant's own engine, for tests.

The real `qdrant_client` talks to it over real sockets. What it searches with is the engine that a
server has, too (`qdrant-edge-py`), but there is one process and one shard a collection: no cluster,
no replicas, no consensus. What passes here has not been seen to pass on a cluster.
"""
