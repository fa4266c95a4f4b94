"""The way the tutorials do it: pymongo's watch, pika, one channel with confirm_delivery."""
import json
import os

import pika
import pymongo
from bson import json_util
from bson.timestamp import Timestamp

start = json.loads(os.environ["BENCH_START"])
queue = os.environ["BENCH_QUEUE"]
database = pymongo.MongoClient(os.environ["BENCH_MONGODB"])[os.environ["BENCH_DATABASE"]]
collection = database[os.environ["BENCH_COLLECTION"]]
channel = pika.BlockingConnection(pika.URLParameters(os.environ["BENCH_RABBITMQ"])).channel()
channel.confirm_delivery()

with collection.watch(start_at_operation_time=Timestamp(start["t"], start["i"]), full_document="updateLookup") as stream:
    for change in stream:
        channel.basic_publish(
            exchange="",
            routing_key=queue,
            body=json.dumps(change, default=json_util.default),
            properties=pika.BasicProperties(delivery_mode=2),
        )
