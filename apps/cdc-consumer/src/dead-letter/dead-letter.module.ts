import { Module } from '@nestjs/common';
import { DeadLetters } from './dead-letter.js';
import { RabbitDeadLetters } from './rabbit-dead-letters.publisher.js';

@Module({
  providers: [{ provide: DeadLetters, useClass: RabbitDeadLetters }],
  exports: [DeadLetters],
})
export class DeadLetterModule {}
