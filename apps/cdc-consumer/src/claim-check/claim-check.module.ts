import { Module } from '@nestjs/common';
import { ClaimRedeemer } from './claim.redeemer.js';
import { ClaimedBodies } from './claimed-bodies.js';
import { MongoClaimedBodies } from './mongo-claimed.bodies.js';

@Module({
  providers: [{ provide: ClaimedBodies, useClass: MongoClaimedBodies }, ClaimRedeemer],
  exports: [ClaimRedeemer],
})
export class ClaimCheckModule {}
