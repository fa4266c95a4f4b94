import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { REALTIME_PATHS } from '@sluice/contracts';
import { OpenToAll } from '@sluice/platform';
import type { Response } from 'express';
import { PageFiles } from './page.files.js';

/**
 * A page that shows live push, and the client for it as a module that any page may load. Both are open to all: what they
 * show comes by the gateway, which asks who wants it.
 */
@OpenToAll()
@ApiExcludeController()
@Controller()
export class DemoController {
  constructor(private readonly files: PageFiles) {}

  @Get(REALTIME_PATHS.demo)
  page(@Res() response: Response): void {
    this.send('index.html', response);
  }

  @Get(`${REALTIME_PATHS.demo}/:name`)
  file(@Param('name') name: string, @Res() response: Response): void {
    this.send(name, response);
  }

  @Get(REALTIME_PATHS.client)
  client(@Res() response: Response): void {
    this.send('client.js', response);
  }

  /** By Express itself, which answers what a browser has already with 304. */
  private send(name: string, response: Response): void {
    const { type, text } = this.files.get(name);
    response.set('Cache-Control', 'no-cache').type(type).send(text);
  }
}
