import { Module } from '@nestjs/common';
import { DemoController } from './demo.controller.js';
import { PageFiles } from './page.files.js';

@Module({ controllers: [DemoController], providers: [PageFiles] })
export class DemoModule {}
