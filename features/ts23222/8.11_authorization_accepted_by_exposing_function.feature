# TS 23.222 clause 8.11 (TR 23.722 7.2.X): what the core function grants is good at the exposing function.
@sut:ccf @cap:ccf.apis.security @cap:ccf.methods.OAUTH @cap:ccf.grants.client_credentials
Feature: Authorization that opens a service API

  Background:
    Given a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location" and "quality" with OAUTH
    And the invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function

  @req:23222-8.11.1-03
  Scenario: Permission is refreshed while the first one is good
    When the invoker gets a token for "location"
    And the invoker invokes "location"
    And the invoker requests a token for "location"
    And the invoker invokes "location"
    Then permission is given again each time

  @req:23222-8.11.1-03
  Scenario: Permission is refreshed after the first one has run out
    Given the core function grants tokens for 5 seconds, where it can be told so
    When the invoker gets a token for "location"
    And the invoker invokes "location"
    And the token of the invoker runs out
    And the invoker requests a token for "location"
    And the invoker invokes "location"
    Then permission is given again each time

  @req:23222-8.11.3-05
  Scenario: Step 3: the token follows from the subscription
    Given the second invoker is onboarded for "quality"
    And the second invoker has negotiated OAUTH with the exposing function
    When the second invoker requests a token
    And the invoker requests a token
    And the invoker gets a token for "location"
    And the invoker invokes "location"
    Then the token follows from the subscription

  @req:23722-AR-6.3.2-c
  Scenario: Applications are authorized to access service APIs
    Given the second invoker is onboarded for "quality"
    And the second invoker has negotiated OAUTH with the exposing function
    When the invoker gets a token for "location"
    And the invoker invokes "location"
    And the second invoker requests a token for "location"
    Then only the invoker that was authorized gets access
